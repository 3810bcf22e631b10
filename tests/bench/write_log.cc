// Writes evidence of so many megabytes, as the agent does it: write_log DIRECTORY MEGABYTES [TEXT-BYTES]
#include <cstdlib>
#include <iostream>

#include "exporters/evidence/log_writer.h"

namespace purposewatch {
namespace {

constexpr std::size_t kBatch = 200;  // findings that one sync takes along
constexpr std::size_t kFindingBytes = 1000, kPersonalBytes = 200;

int write_log(const std::string& directory, std::uint64_t bytes, std::size_t finding_bytes) {
  const auto storage = storage_in(directory);
  LogClocks now{.boot_ns = 1'000'000'000, .wall_ns = 1'700'000'000'000'000'000};
  auto log = LogWriter::open(*storage, {.host_id = "bench"}, now);
  if (!log) return std::cerr << log.error().message << "\n", 1;
  RecordDraft draft;
  draft.retention = Retention::kFlagged;
  draft.open = R"({"text":")" + std::string(finding_bytes - kPersonalBytes, 'x') + R"("})";
  draft.personal = R"({"client":")" + std::string(kPersonalBytes, 'y') + R"("})";
  const std::vector<RecordDraft> batch(kBatch, draft);
  for (std::uint64_t written = 0; written < bytes; written += kBatch * (kFrameBytes + finding_bytes)) {
    now.boot_ns += 100'000'000;
    now.wall_ns += 100'000'000;
    if (!(*log)->commit(batch, LogWriter::Sync::kNow, now)) return std::cerr << (*log)->trouble() << "\n", 1;
  }
  (*log)->close(now);
  return 0;
}

}  // namespace
}  // namespace purposewatch

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "write_log DIRECTORY MEGABYTES [TEXT-BYTES]\n", 2;
  return purposewatch::write_log(
      argv[1], std::strtoull(argv[2], nullptr, 10) << 20U,
      argc > 3 ? std::strtoull(argv[3], nullptr, 10) : purposewatch::kFindingBytes);
}

// Does to a log what somebody might who has its directory and the key in use; prints the record concerned.
//   forge_log DIRECTORY change RECORD   the first finding after it that this key has signed has another text
//   forge_log DIRECTORY cut RECORD      nothing follows this record
//   forge_log DIRECTORY replace COUNT   a fresh log, with so many records
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "exporters/evidence/log_writer.h"
#include "tests/exporters/evidence/forged_log.h"

namespace purposewatch {
namespace {

Result<std::uint64_t> change(Storage& storage, std::uint64_t after) {
  const std::uint64_t sequence = forgeable_after(storage, after);
  if (sequence == 0) return fail("nothing that the key in use has signed can be changed");
  if (auto forged = forge_record(storage, sequence, R"({"message":"nothing happened"})"); !forged)
    return tl::unexpected(forged.error());
  return sequence;
}

Result<std::uint64_t> cut(Storage& storage, std::uint64_t sequence) {
  if (auto done = cut_off_after(storage, sequence); !done) return tl::unexpected(done.error());
  return sequence;
}

Result<std::uint64_t> replace(const std::string& directory, std::uint64_t count) {
  std::filesystem::remove_all(directory);
  const auto storage = storage_in(directory);
  LogClocks now{.boot_ns = 1'000'000'000, .wall_ns = 1'700'000'000'000'000'000};
  auto log = LogWriter::open(*storage, {.host_id = "another"}, now);
  if (!log) return tl::unexpected(log.error());
  RecordDraft draft;
  draft.open = R"({"message":"nothing happened"})";
  const std::vector<RecordDraft> drafts(count, draft);
  if (!(*log)->commit(drafts, LogWriter::Sync::kNow, now)) return fail((*log)->trouble());
  (*log)->close(now);
  return 1;
}

Result<std::uint64_t> forge(const std::string& directory, const std::string& act, std::uint64_t number) {
  const auto storage = storage_in(directory);
  if (act == "change") return change(*storage, number);
  if (act == "cut") return cut(*storage, number);
  if (act == "replace") return replace(directory, number);
  return fail("unknown: " + act);
}

}  // namespace
}  // namespace purposewatch

int main(int argc, char** argv) {
  if (argc < 3) return std::cerr << "forge_log DIRECTORY change RECORD | cut RECORD | replace COUNT\n", 2;
  const auto done = purposewatch::forge(argv[1], argv[2], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0);
  if (!done) return std::cerr << done.error().message << "\n", 1;
  std::cout << *done << "\n";
  return 0;
}

// Any bytes as a segment, as the head beside it and as a checkpoint: never a crash, a reading beyond the end,
// or a record that is not where it says. What is accepted as a checkpoint is exactly what would be written.
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "agent/witness/query_answer.h"
#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/little_endian.h"
#include "exporters/evidence/log_end.h"
#include "exporters/evidence/log_reader.h"
#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/verify.h"
#include "tests/exporters/evidence/memory_storage.h"
#include "tests/fuzz/target.h"

namespace purposewatch {
namespace {

void put_checksum(std::string& bytes, std::size_t at, std::size_t from, std::size_t size) {
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()) + from, size);
  put_number(reinterpret_cast<std::uint8_t*>(bytes.data()) + at, static_cast<std::uint32_t>(sum));
}

// Chance finds no right checksum: whatever begins like a header or a frame gets its own.
std::string with_checksums(std::string bytes) {
  constexpr std::size_t kHeaderBytes = 96, kDigestBytes = 32;
  if (bytes.size() >= kHeaderBytes && bytes.starts_with("PWEVID01")) {
    const auto size = get_number<std::uint32_t>(bytes_of(bytes).data() + 12);
    if (size <= bytes.size() && size >= kHeaderBytes && size % kDigestBytes == 0)
      put_checksum(bytes, 8, 12, size - 12);
  }
  for (std::size_t at = bytes.find("PWRC"); at != std::string::npos; at = bytes.find("PWRC", at + 4))
    if (at + kFrameBytes <= bytes.size()) put_checksum(bytes, at + 4, at + 8, kFrameBytes - 8);
  return bytes;
}

void scan(Bytes bytes) {
  SegmentScan scan(bytes);
  std::size_t end = 0;
  while (const auto record = scan.next()) {
    require(record->offset >= end && record->offset - scan.skipped() <= record->offset);
    end = record->offset + record->frame.record_bytes();
    require(end <= bytes.size());
    require(record->open.size() + record->personal.size() + kFrameBytes == record->frame.record_bytes());
  }
  require(scan.skipped() <= bytes.size());
}

void put(MemoryStorage& storage, const std::string& name, const std::string& bytes) {
  auto inode = std::make_shared<MemoryStorage::Inode>();
  inode->bytes = bytes;
  storage.names[name] = inode;
}

void verify(const std::string& first, const std::string& second, const std::string& head) {
  MemoryStorage storage;
  put(storage, segment_name(1), first);
  if (!second.empty()) put(storage, segment_name(4), second);
  put(storage, "head", head);
  VerifyOptions options;
  std::uint64_t last = 0, done = 0;
  bool is_in_order = true;
  options.on_record = [&](std::uint64_t sequence, const Digest&) {
    is_in_order &= sequence > last;
    last = sequence;
  };
  options.on_progress = [&](std::uint64_t bytes, std::uint64_t all) {
    require(bytes >= done && bytes <= all);
    done = bytes;
  };
  const auto report = verify_log(storage, options);
  require(report.has_value());
  require(report->is_sound() == report->problems.empty());
  require(is_in_order || !report->is_sound());
  require(report->bytes == first.size() + second.size());
  require(read_log(storage, {}, [](auto&, auto&) { return true; }).has_value());
}

void read_note(const std::string& text) {
  static const SigningKey key(Seed{1});
  if (const auto checkpoint = read_unverified_note(text)) {
    const std::string note = signed_note(*checkpoint, key);
    require(read_signed_note(note, key.public_key()).has_value());
  }
  if (const auto checkpoint = read_signed_note(text, key.public_key()))
    require(signed_note(*checkpoint, key) == text);
}

}  // namespace
}  // namespace purposewatch

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace purposewatch;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string segment = with_checksums(bytes);
  scan(bytes_of(segment));
  verify(segment, "", "");
  // Two segments, where a second one begins.
  const std::size_t second = std::min(segment.find("PWEVID01", 1), size);
  verify(segment.substr(0, second), with_checksums(segment.substr(second)),
         segment.substr(size - std::min<std::size_t>(size, 52)));
  read_note(bytes);
  (void)read_query_answer(bytes);
  return 0;
}

// The records of a log in their order, each once: to be read, not verified (verify.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

// segment: its name. False ends the reading.
using VisitRecord = std::function<bool(const std::string& segment, const ScannedRecord& record)>;

struct ReadOptions {
  std::uint64_t first_sequence = 1;  // of the records wanted
  std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_all)> on_progress;
};

// Parts that were damaged are visited as they are. What a segment did not get synced, and the next one
// repeats, is visited there only. A segment that is removed meanwhile is skipped.
Result<void> read_log(Storage& storage, const ReadOptions& options, const VisitRecord& visit);

// Single records of segments. What lies beside one that was read costs no further reading.
class SegmentCache {
 public:
  explicit SegmentCache(Storage& storage) : storage_(storage) {}
  // Valid until the next call. An error: it cannot be read, or has no such record.
  Result<ScannedRecord> record_at(const std::string& segment, std::uint64_t offset);

 private:
  Storage& storage_;
  std::string name_;
  std::unique_ptr<StoredFile> file_;
  std::string bytes_;  // of the file, from begin_ on
  std::uint64_t begin_ = 0;
};

}  // namespace purposewatch

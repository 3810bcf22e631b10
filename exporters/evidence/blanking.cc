#include "exporters/evidence/blanking.h"

#include <nlohmann/json.hpp>

#include "exporters/evidence/log_end.h"

namespace purposewatch {
namespace {

using Part = ScannedRecord::Part;

class SegmentBlanking {
 public:
  SegmentBlanking(Storage& storage, std::string name) : storage_(storage), name_(std::move(name)) {}

  Result<std::uint64_t> blank(const Blanking& blanking) {
    auto file = storage_.open(name_);
    if (!file) return tl::unexpected(file.error());
    file_ = std::move(*file);
    const auto bytes = file_->read(kSegmentBytesMax);
    if (!bytes) return tl::unexpected(bytes.error());
    std::uint64_t changed = 0;
    SegmentScan scan(bytes_of(*bytes), Digests::kTrust);
    while (const auto record = scan.next()) {
      if (record->frame.retention == Retention::kOperation)
        continue;  // without these nothing could be verified
      if (!blanking.records.contains(record->frame.sequence)) continue;
      const auto done = blank_one(*record, blanking.parts);
      if (!done) return tl::unexpected(done.error());
      if (*done) ++changed;
    }
    if (changed > 0)
      if (auto synced = file_->sync(); !synced) return tl::unexpected(synced.error());
    return changed;
  }

 private:
  Result<bool> blank_one(const ScannedRecord& record, BlankedParts parts) {
    const std::size_t open_at = record.offset + kFrameBytes, personal_at = open_at + record.open.size();
    bool is_changed = false;
    if (parts == BlankedParts::kAll && !record.open.empty() && record.open_state != Part::kBlank) {
      if (auto written = overwrite(open_at, record.open.size()); !written)
        return tl::unexpected(written.error());
      is_changed = true;
    }
    if (!record.personal.empty() && record.personal_state != Part::kBlank) {
      if (auto written = overwrite(personal_at, record.personal.size()); !written)
        return tl::unexpected(written.error());
      is_changed = true;
    }
    return is_changed;
  }

  Result<void> overwrite(std::size_t offset, std::size_t bytes) {
    return file_->write_at(offset, bytes_of(std::string(bytes, '\0')));
  }

  Storage& storage_;
  std::string name_;
  std::unique_ptr<StoredFile> file_;
};

}  // namespace

Blanking blanked_by(const ScannedRecord& record) {
  Blanking blanking;
  if (record.frame.kind != RecordKind::kErasure || record.open_state != Part::kWhole) return blanking;
  const auto json = nlohmann::json::parse(text_of_part(record.open), nullptr, false);
  if (!json.is_object() || !json.contains("records") || !json["records"].is_string()) return blanking;
  if (json.contains("parts") && json["parts"] == "all") blanking.parts = BlankedParts::kAll;
  if (const auto set = sequence_set(json["records"].get<std::string>()))
    for (const auto& [first, last] : set->ranges())
      if (last < record.frame.sequence) blanking.records.add(first, last);
  return blanking;
}

Result<std::uint64_t> blank_records(Storage& storage, const Blanking& blanking,
                                    const std::function<bool()>& goes_on) {
  if (blanking.records.empty()) return 0;
  const auto names = list_segments(storage);
  if (!names) return tl::unexpected(names.error());
  const std::uint64_t last = blanking.records.ranges().rbegin()->second;
  std::uint64_t changed = 0;
  for (std::size_t i = 0; i < names->size() && first_sequence_of((*names)[i]).value_or(0) <= last; ++i) {
    // What a segment has beyond where the next begins is repeated there: it may have the records, too.
    const std::uint64_t end =
        i + 2 < names->size() ? first_sequence_of((*names)[i + 2]).value_or(UINT64_MAX) : UINT64_MAX;
    if (!blanking.records.intersects(first_sequence_of((*names)[i]).value_or(0), end - 1)) continue;
    if (goes_on && !goes_on()) return fail("cut off before all was blank");
    auto done = SegmentBlanking(storage, (*names)[i]).blank(blanking);
    if (!done) return done;
    changed += *done;
  }
  return changed;
}

}  // namespace purposewatch

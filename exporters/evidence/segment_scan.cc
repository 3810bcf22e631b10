#include "exporters/evidence/segment_scan.h"

#include <algorithm>

namespace purposewatch {
namespace {

ScannedRecord::Part state_of(Bytes part, const Digest& digest, Digests digests) {
  using Part = ScannedRecord::Part;
  if (part.empty()) return digest == Digest{} ? Part::kNone : Part::kDamaged;
  if (digests == Digests::kCheck ? sha256({part}) == digest : part.front() != 0) return Part::kWhole;
  if (is_blank(part)) return Part::kBlank;
  return digests == Digests::kCheck ? Part::kDamaged : Part::kWhole;
}

}  // namespace

std::optional<ScannedRecord> record_in(Bytes segment, std::size_t offset, Digests digests) {
  if (offset > segment.size()) return std::nullopt;
  const Bytes rest = segment.subspan(offset);
  const auto frame = read_frame(rest);
  if (!frame || frame->record_bytes() > rest.size()) return std::nullopt;
  ScannedRecord record;
  record.frame = *frame;
  record.offset = offset;
  record.frame_bytes = rest.first(kFrameBytes);
  record.open = rest.subspan(kFrameBytes, frame->open_bytes);
  record.personal = rest.subspan(kFrameBytes + frame->open_bytes, frame->personal_bytes);
  record.open_state = state_of(record.open, frame->open_digest, digests);
  record.personal_state = state_of(record.personal, frame->personal_digest, digests);
  return record;
}

SegmentScan::SegmentScan(Bytes segment, Digests digests) : segment_(segment), digests_(digests) {
  if (auto read = read_header(segment)) {
    header_ = std::move(read->header);
    offset_ = read->bytes;
  }
}

std::optional<ScannedRecord> SegmentScan::next() {
  skipped_at_ = offset_;
  for (skipped_ = 0; offset_ < segment_.size(); ++offset_, ++skipped_) {
    if (skipped_ > 0 && segment_[offset_] != 'P') continue;
    if (auto record = record_in(segment_, offset_, digests_)) {
      offset_ += record->frame.record_bytes();
      return record;
    }
  }
  return std::nullopt;
}

}  // namespace purposewatch

// The records of one segment, in order, whatever has happened to its bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "exporters/evidence/record.h"
#include "exporters/evidence/segment_header.h"

namespace purposewatch {

inline constexpr std::size_t kSegmentBytesMax = std::size_t{64} << 20U;  // more is none of ours

struct ScannedRecord {
  enum class Part : std::uint8_t { kNone, kWhole, kBlank, kDamaged };

  Frame frame;
  std::size_t offset = 0;  // in the segment
  Bytes frame_bytes, open, personal;
  Part open_state = Part::kNone, personal_state = Part::kNone;

  bool is_damaged() const { return open_state == Part::kDamaged || personal_state == Part::kDamaged; }
};

// Whether parts are hashed, to know that they are what was written.
enum class Digests : std::uint8_t { kCheck, kTrust };

// The record that stands there. Nothing: none does, as a whole.
std::optional<ScannedRecord> record_in(Bytes segment, std::size_t offset, Digests digests);

class SegmentScan {
 public:
  // segment: its bytes, which outlive the scan.
  explicit SegmentScan(Bytes segment, Digests digests = Digests::kCheck);

  const std::optional<SegmentHeader>& header() const { return header_; }

  // The next record that has a frame and whose parts are all there. Nothing: there is none any more.
  std::optional<ScannedRecord> next();
  // Bytes before the record that next() returned, or at the end, that belong to no record.
  std::size_t skipped() const { return skipped_; }
  std::size_t skipped_at() const { return skipped_at_; }

 private:
  Bytes segment_;
  Digests digests_;
  std::optional<SegmentHeader> header_;
  std::size_t offset_ = 0, skipped_ = 0, skipped_at_ = 0;
};

}  // namespace purposewatch

// What of one segment can be found where. Made from its bytes and never the record: whoever looks something
// up reads the record that is pointed to.
//
//    0   8  "PWINDEX3"
//    8   4  CRC-32 of the rest
//   12   8  bytes that the segment had
//   20   8  where its last record stands, and
//   28  32  that one's chain, which no other content could have; zeros where there is no record
//   60   8  the earliest wall time in it, nanoseconds since the epoch; 68 8 the latest
//   76   -  three lists. Numbers in them are as LEB128 has them, texts and lists begin with their length:
//           records   of each, how far it stands behind the one before
//           ids       of events, less the number at their end: that text, the lowest number, how many more up
//           to
//                     the highest
//           terms     key (EventKey), text, and the bytes of a list of the records that have it: for each run
//           of
//                     records that follow one another how many lie before it, times two, plus one where the
//                     run is longer than one; how much longer then follows
//
// Ten to twenty bytes for a record, by how many clients there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/evidence/digest.h"
#include "exporters/terminal/event_filter.h"

namespace purposewatch {

// Which records are asked for: of these keys, within [since, until).
struct EventQuery {
  EventFilter filter;
  std::int64_t since_ns = INT64_MIN, until_ns = INT64_MAX;  // wall time
  std::optional<std::uint64_t> limit;                       // only so many, the newest
};

struct SegmentMark {
  std::uint64_t bytes = 0;        // the segment's size
  std::uint64_t last_offset = 0;  // of its last record, and
  Digest last_chain{};            // that one's chain

  bool operator==(const SegmentMark&) const = default;
};

// segment: its bytes.
std::string make_segment_index(Bytes segment);

class SegmentIndex {
 public:
  // Nothing: the bytes are no index, or not as they were written.
  static std::optional<SegmentIndex> read(std::string bytes);

  const SegmentMark& mark() const { return mark_; }
  // Where the records may stand that are asked for; every such record is among them. In order.
  std::vector<std::uint64_t> candidates(const EventQuery& query) const;

 private:
  SegmentIndex() = default;

  std::string bytes_;
  SegmentMark mark_;
  std::int64_t earliest_ns_ = 0, latest_ns_ = 0;
};

}  // namespace purposewatch

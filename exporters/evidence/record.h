// The evidence's format, on one page. Numbers are little-endian, digests SHA-256, signatures Ed25519.
//
//   DIRECTORY/00000000000000000001.evidence   segments, by their first record's sequence number; mode 0600
//   DIRECTORY/key                             the private key in use (key_file.h)
//   DIRECTORY/head                            what was synced last (log_head.h); a hint, never the record
//
// A segment is a header and then records, with nothing between or after them. The header:
//
//    0   8  "PWEVID01"
//    8   4  CRC-32 of the rest of the header
//   12   4  bytes of the header
//   16   8  sequence number of the first record
//   24   8  number of the key in use
//   32  32  that key's public half
//   64  32  chain of the record before the first; zeros where there is none
//   96   -  right edge of the Merkle tree over the records before the first (merkle_tree.h), 32 bytes each
//
// A record is a frame of 160 bytes and two parts:
//
//    0   4  "PWRC"
//    4   4  CRC-32 of the rest of the frame
//    8   8  sequence number: 1, 2, 3, ... through all segments, without a gap
//   16   8  boot time, nanoseconds
//   24   8  wall time, nanoseconds since the epoch
//   32  16  boot id
//   48   2  kind; 50 2 retention class (record_kind.h)
//   52   4  bytes of the open part; 56 4 bytes of the personal part; 60 4 zero
//   64  32  digest of the open part
//   96  32  digest of the personal part; zeros where there is none
//  128  32  chain: digest of the previous record's chain and of this frame's bytes 8 to 127
//  160   -  the open part, then the personal part: 16 random bytes each, so that its digest gives nothing
//           away, and a text: one JSON object (of a checkpoint: a signed note, checkpoint.h)
//
// The personal part holds all that can name a client. A part can be blanked, overwritten with zeros, when its
// time is over or a client asks for it: the chain goes over its digest, and stays whole. That it was blanked
// is a record of its own, which the same segment's next checkpoint signs; a blank part that no such record
// speaks of is damage.
//
// A checkpoint signs the chain and the tree over all records before it; there is one at least in every second
// in which something was written. It can hand over to the next key, after which the old one is wiped: who
// steals the key in use cannot sign again what is older.
//
// Every run of the agent begins a segment, and so does every write or sync that failed, since nothing is
// certain then about the descriptor. The new segment repeats, byte for byte, the records that were not synced
// yet: so two segments may overlap. What follows the last whole record of such a segment is torn; the next
// `start` or `gap` record says how much there is of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/evidence/digest.h"
#include "exporters/evidence/record_kind.h"

namespace purposewatch {

using BootId = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kFrameBytes = 160;
inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kPartBytesMax = std::size_t{1} << 20U;  // with its salt

// What is to be recorded.
struct RecordDraft {
  RecordKind kind = RecordKind::kFinding;
  Retention retention = Retention::kOperation;
  std::uint64_t boot_ns = 0;
  std::int64_t wall_ns = 0;
  std::string open;
  std::string personal;  // or empty
};

// What stands before a record's parts.
struct Frame {
  std::uint64_t sequence = 0;
  std::uint64_t boot_ns = 0;
  std::int64_t wall_ns = 0;
  BootId boot_id{};
  RecordKind kind = RecordKind::kFinding;
  Retention retention = Retention::kOperation;
  std::uint32_t open_bytes = 0, personal_bytes = 0;  // with the salt; 0: there is no such part
  Digest open_digest{}, personal_digest{}, chain{};

  std::size_t record_bytes() const { return kFrameBytes + open_bytes + personal_bytes; }
};

// Appends the record. salts: two fresh ones.
Frame append_record(std::string& out, const RecordDraft& draft, std::uint64_t sequence, const BootId& boot_id,
                    const Digest& previous_chain, std::span<const std::uint8_t, 2 * kSaltBytes> salts);

// Of these bytes alone, at least kFrameBytes of them; whether parts and chain fit is for others to ask.
// Nothing: this is no frame.
std::optional<Frame> read_frame(Bytes bytes);

// The chain that a frame must have. frame: its bytes.
Digest chain_after(const Digest& previous_chain, Bytes frame);

// A part as it stands in the segment.
bool is_blank(Bytes part);
std::string_view text_of_part(Bytes part);

}  // namespace purposewatch

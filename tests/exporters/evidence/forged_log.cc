#include "tests/exporters/evidence/forged_log.h"

#include <algorithm>
#include <array>

#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/key_file.h"
#include "exporters/evidence/log_end.h"
#include "exporters/evidence/log_head.h"
#include "exporters/evidence/segment_scan.h"

namespace purposewatch {
namespace {

struct Segment {
  std::string name, bytes;
};

Result<Segment> last_segment(Storage& storage) {
  const auto names = list_segments(storage);
  if (!names) return tl::unexpected(names.error());
  if (names->empty()) return fail("there is no segment");
  auto file = storage.open(names->back());
  if (!file) return tl::unexpected(file.error());
  auto bytes = (*file)->read(kSegmentBytesMax);
  if (!bytes) return tl::unexpected(bytes.error());
  return Segment{names->back(), std::move(*bytes)};
}

Result<void> put(Storage& storage, const Segment& segment, const LogHead& head) {
  if (auto removed = storage.remove(segment.name); !removed) return removed;
  auto file = storage.create(segment.name);
  if (!file) return tl::unexpected(file.error());
  if (auto written = (*file)->append(bytes_of(segment.bytes)); !written) return written;
  return write_log_head(storage, head);
}

}  // namespace

std::uint64_t forgeable_after(Storage& storage, std::uint64_t sequence) {
  const auto segment = last_segment(storage);
  const auto key = KeyFile(storage).newest();
  if (!segment || !key) return 0;
  SegmentScan scan(bytes_of(segment->bytes));
  while (const auto record = scan.next())
    if (record->frame.sequence > std::max(sequence, key->records + 1) &&
        record->frame.kind == RecordKind::kFinding)
      return record->frame.sequence;
  return 0;
}

Result<void> forge_record(Storage& storage, std::uint64_t sequence, const std::string& text) {
  const auto segment = last_segment(storage);
  if (!segment) return tl::unexpected(segment.error());
  const auto key = KeyFile(storage).newest();
  if (!key) return fail("there is no key");
  SegmentScan scan(bytes_of(segment->bytes));
  if (!scan.header()) return fail("the segment has no header");
  LogHead head{.records = scan.header()->first_sequence - 1, .chain = scan.header()->previous_chain};
  MerkleTree tree(head.records, scan.header()->tree_edge);
  std::string forged = to_bytes(*scan.header());
  while (const auto record = scan.next()) {
    const Frame& frame = record->frame;
    if (frame.sequence < sequence) {
      forged += segment->bytes.substr(record->offset, frame.record_bytes());
      head = {frame.sequence, frame.chain};
      tree.add(head.chain);
      continue;
    }
    RecordDraft draft{.kind = frame.kind,
                      .retention = frame.retention,
                      .boot_ns = frame.boot_ns,
                      .wall_ns = frame.wall_ns,
                      .open = std::string(text_of_part(record->open)),
                      .personal = std::string(text_of_part(record->personal))};
    if (frame.sequence == sequence) draft.open = text;
    if (const auto said = read_unverified_note(draft.open); said && frame.kind == RecordKind::kCheckpoint)
      draft.open = signed_note({.host_id = said->host_id,
                                .records = head.records,
                                .root = tree.root(),
                                .chain = head.chain,
                                .key_number = key->number,
                                .next_key = std::nullopt},
                               key->key);
    const std::array<std::uint8_t, 2 * kSaltBytes> salts{1};
    head = {frame.sequence,
            append_record(forged, draft, frame.sequence, frame.boot_id, head.chain, salts).chain};
    tree.add(head.chain);
  }
  return put(storage, {segment->name, forged}, head);
}

Result<void> cut_off_after(Storage& storage, std::uint64_t sequence) {
  auto segment = last_segment(storage);
  if (!segment) return tl::unexpected(segment.error());
  SegmentScan scan(bytes_of(segment->bytes));
  while (const auto record = scan.next()) {
    if (record->frame.sequence != sequence) continue;
    const LogHead head{.records = sequence, .chain = record->frame.chain};
    segment->bytes.resize(record->offset + record->frame.record_bytes());
    return put(storage, *segment, head);
  }
  return fail("there is no such record");
}

}  // namespace purposewatch

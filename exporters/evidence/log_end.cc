#include "exporters/evidence/log_end.h"

#include <algorithm>
#include <bit>

#include "exporters/evidence/blanking.h"
#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/segment_scan.h"

namespace purposewatch {
namespace {

class LastSegment {
 public:
  LastSegment(const std::string& name, Bytes bytes, std::uint64_t synced)
      : name_(name), scan_(bytes), bytes_(bytes.size()), synced_(synced) {
    SegmentScan erasures(bytes, Digests::kTrust);
    while (const auto record = erasures.next()) blanked_.add(blanked_by(*record).records);
  }

  // False: it has no header, so that it is none.
  bool read(LogEnd& end) {
    if (!scan_.header()) {
      end.torn.push_back({name_, 0, bytes_});
      return false;
    }
    const SegmentHeader& header = *scan_.header();
    LogState& state = end.state;
    state.head = {header.first_sequence - 1, header.previous_chain};
    state.tree = MerkleTree::fits(state.head.records, header.tree_edge)
                     ? MerkleTree(state.head.records, header.tree_edge)
                     : unknown_tree(state.head.records);
    state.key_number = header.key_number;
    state.public_key = header.public_key;
    while (const auto record = scan_.next()) {
      const bool was_synced = record->frame.sequence <= synced_;
      if (!is_whole(*record, state) && !was_synced) {
        // Of what was written and not synced, something was lost.
        end.torn.push_back(
            {name_, record->offset - scan_.skipped(), bytes_ - record->offset + scan_.skipped()});
        return true;
      }
      take(*record, end);
    }
    if (scan_.skipped() > 0) end.torn.push_back({name_, scan_.skipped_at(), scan_.skipped()});
    return true;
  }

 private:
  bool is_whole(const ScannedRecord& record, const LogState& state) const {
    const bool is_blank = record.open_state == ScannedRecord::Part::kBlank ||
                          record.personal_state == ScannedRecord::Part::kBlank;
    return scan_.skipped() == 0 && !record.is_damaged() &&
           (!is_blank || blanked_.contains(record.frame.sequence)) &&
           record.frame.sequence == state.head.records + 1 &&
           record.frame.chain == chain_after(state.head.chain, record.frame_bytes);
  }

  void take(const ScannedRecord& record, LogEnd& end) const {
    LogState& state = end.state;
    if (!is_whole(record, state)) {
      if (record.frame.sequence <= state.head.records) return;  // a second time
      end.damaged.add(state.head.records + 1, record.frame.sequence);
      if (record.frame.sequence > state.head.records + 1)
        state.tree = unknown_tree(record.frame.sequence - 1);
    }
    state.head = {record.frame.sequence, record.frame.chain};
    state.tree.add(record.frame.chain);
    ++end.unsigned_records;
    if (record.frame.kind != RecordKind::kCheckpoint) return;
    const auto checkpoint = read_signed_note(text_of_part(record.open), state.public_key);
    if (!checkpoint) return;
    end.unsigned_records = 0;
    if (!checkpoint->next_key) return;
    state.public_key = *checkpoint->next_key;
    ++state.key_number;
  }

  std::string name_;
  SegmentScan scan_;
  std::size_t bytes_;
  std::uint64_t synced_;
  SequenceSet blanked_;
};

}  // namespace

MerkleTree unknown_tree(std::uint64_t size) {
  return MerkleTree(size, std::vector<Digest>(static_cast<std::size_t>(std::popcount(size))));
}

Result<std::vector<std::string>> list_segments(Storage& storage) {
  auto names = storage.list();
  if (!names) return names;
  std::erase_if(*names, [](const std::string& name) { return !first_sequence_of(name); });
  std::sort(names->begin(), names->end());
  return names;
}

Result<LogEnd> find_log_end(Storage& storage) {
  const auto names = list_segments(storage);
  if (!names) return tl::unexpected(names.error());
  LogEnd end;
  const auto head = read_log_head(storage);
  for (auto name = names->rbegin(); name != names->rend() && end.is_new; ++name) {
    auto file = storage.open(*name);
    if (!file) return tl::unexpected(file.error());
    const auto bytes = (*file)->read(kSegmentBytesMax);
    if (!bytes) return tl::unexpected(bytes.error());
    if (auto synced = (*file)->sync(); !synced) return tl::unexpected(synced.error());
    (*file)->release();
    end.is_new = !LastSegment(*name, bytes_of(*bytes), head ? head->records : 0).read(end);
  }
  if (head && head->records > end.state.head.records) {
    end.missing = head->records - end.state.head.records;
    end.state.head.records = head->records;
    end.state.tree = unknown_tree(head->records);
  }
  return end;
}

}  // namespace purposewatch

#include "exporters/evidence/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "exporters/evidence/checkpoint.h"
#include "exporters/evidence/log_end.h"
#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/sequence_set.h"
#include "exporters/evidence/statements.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr int kAttemptsMax = 3;   // while the writer is faster than we are
constexpr int kHeadReadsMax = 8;  // one may meet it half written

class Verifier {
 public:
  Verifier(Storage& storage, const VerifyOptions& options, bool is_last_attempt)
      : storage_(storage), options_(options), is_last_attempt_(is_last_attempt) {}

  Result<LogReport> run() {
    // The head first: the segments have at least what it says.
    for (int i = 0; i < kHeadReadsMax && !head_; ++i) head_ = read_log_head(storage_);
    const auto names = list_segments(storage_);
    if (!names) return tl::unexpected(names.error());
    for (std::size_t i = 0; i < names->size(); ++i) {
      auto read = read_segment((*names)[i]);
      if (!read && !is_there((*names)[i])) {
        note_overtaken();
        continue;
      }
      if (was_overtaken_) break;
      if (!read) {
        note_unreadable((*names)[i], read.error());
        continue;
      }
      const auto next = i + 1 < names->size() ? first_sequence_of((*names)[i + 1]) : std::nullopt;
      verify_segment((*names)[i], next.value_or(UINT64_MAX));
      if (has_damaged_part_) look_again();
      report_.bytes += bytes_.size();
      ++report_.segments;
      // Segments are alike in size: the first ones tell how much there is.
      if (options_.on_progress)
        options_.on_progress(report_.bytes, report_.bytes * names->size() / report_.segments);
    }
    if (report_.segments == 0 && unreadable_) return tl::unexpected(*unreadable_);
    settle_head();
    settle_statements();
    report_.last = state_.head.records;
    report_.chain = state_.head.chain;
    settle_blanking();
    std::stable_sort(report_.problems.begin(), report_.problems.end(), [](const auto& a, const auto& b) {
      return std::tie(a.segment, a.offset) < std::tie(b.segment, b.offset);
    });
    return std::move(report_);
  }

  // By the writer: what this attempt has found is worth nothing. Not the last one: what the log says then is
  // that it was damaged.
  bool was_overtaken() const { return was_overtaken_; }

 private:
  void note_overtaken() { was_overtaken_ = !is_last_attempt_; }

  // The others may tell more.
  void note_unreadable(const std::string& name, const Error& why) {
    problem_in(name, 0, 0, why.message);
    if (!unreadable_) unreadable_ = why;
    is_chain_known_ = is_tree_known_ = false;
  }

  bool is_there(const std::string& name) {
    const auto names = list_segments(storage_);
    return !names || std::binary_search(names->begin(), names->end(), name);
  }

  // A part that is being blanked while it is read is no damage.
  void look_again() {
    const std::string before = std::move(bytes_);
    if (!read_segment(segment_) || !bytes_.starts_with(before)) note_overtaken();
    bytes_ = before;
    has_damaged_part_ = false;
  }

  Result<void> read_segment(const std::string& name) {
    auto file = storage_.open(name);
    if (!file) return tl::unexpected(file.error());
    if (auto read = (*file)->read_into(bytes_, kSegmentBytesMax + 1); !read) return read;
    segment_ = name;
    return {};
  }

  void verify_segment(const std::string& name, std::uint64_t next_first) {
    SegmentScan scan(bytes_of(bytes_));
    if (bytes_.size() > kSegmentBytesMax) problem(0, 0, "is larger than any segment");
    said_.end_segment();
    begin(scan, *first_sequence_of(name));
    while (const auto record = scan.next()) {
      if (scan.skipped() > 0 && !can_go_on_after(scan, next_first)) return;
      if (record->frame.sequence >= next_first)
        unsynced_.emplace(record->frame.sequence, Unsynced{name, record->offset, record->frame.chain});
      else
        take(*record);
    }
    if (scan.skipped() > 0) (void)can_go_on_after(scan, next_first);
  }

  // Bytes that are no record. Behind what was synced that is what a crash leaves, and what follows is worth
  // no more.
  bool can_go_on_after(const SegmentScan& scan, std::uint64_t next_first) {
    const std::uint64_t expected = state_.head.records + 1;
    const bool is_last = next_first == UINT64_MAX;
    if (is_last && head_ && expected > head_->records) {
      report_.remarks.push_back(
          {expected, fmt::format("{} bytes at the end were not synced", bytes_.size() - scan.skipped_at())});
      return false;
    }
    if (expected >= next_first)
      torn_.push_back({segment_, scan.skipped_at(), scan.skipped()});
    else
      problem(scan.skipped_at(), expected, fmt::format("{} bytes are no record", scan.skipped()));
    is_chain_known_ = is_tree_known_ = false;
    return true;
  }

  void begin(const SegmentScan& scan, std::uint64_t first) {
    if (!scan.header()) {
      problem(0, 0, "has no whole header");
      is_chain_known_ = is_tree_known_ = false;
      return;
    }
    const SegmentHeader& header = *scan.header();
    if (header.first_sequence != first) problem(0, 0, "is not the segment that its name says");
    if (report_.first == 0) {
      begin_log(header);
    } else {
      const std::uint64_t expected = state_.head.records + 1;
      if (header.first_sequence > expected)
        problem(0, expected, missing(expected, header.first_sequence - 1));
      else if (header.first_sequence < expected)
        problem(0, header.first_sequence, "begins before the last segment has ended");
      else if (is_chain_known_ && header.previous_chain != state_.head.chain)
        problem(0, 0, "does not continue the last segment");
      if (header.first_sequence == expected && is_tree_known_ && header.tree_edge != state_.tree.edge())
        problem(0, 0, "has another tree over the records before it");
      if (header.public_key != state_.public_key || header.key_number != state_.key_number)
        problem(0, 0,
                fmt::format("names key {}, which key {} did not hand over to", header.key_number,
                            state_.key_number));
    }
    state_.head = {header.first_sequence - 1, header.previous_chain};
    is_tree_known_ = MerkleTree::fits(state_.head.records, header.tree_edge);
    if (!is_tree_known_) problem(0, 0, "has no tree that fits the records before it");
    if (is_tree_known_) state_.tree = MerkleTree(state_.head.records, header.tree_edge);
    state_.key_number = header.key_number;
    state_.public_key = header.public_key;
    is_chain_known_ = true;
  }

  void begin_log(const SegmentHeader& header) {
    report_.first = header.first_sequence;
    report_.first_key = header.public_key;
    ++report_.keys;
    // Where the first records were removed, it has to be known anew: else another log could begin there.
    if (options_.first_key && *options_.first_key != header.public_key)
      problem(
          0, 0,
          header.first_sequence > 1
              ? "the log begins with another key than the one that is known; that one's records were removed"
              : "the log begins with another key than the one that is known");
    if (header.first_sequence > 1) {
      earlier_are_gone_ = true;
      first_segment_ = segment_;
    } else if (header.previous_chain != Digest{} || header.key_number != 0) {
      problem(0, 0, "is not how a log begins");
    }
  }

  void take(const ScannedRecord& record) {
    const Frame& frame = record.frame;
    const std::uint64_t expected = state_.head.records + 1;
    const bool is_next = frame.sequence == expected;
    if (frame.sequence < expected) {
      problem(record.offset, frame.sequence, fmt::format("record {} is there a second time", frame.sequence));
      return;
    }
    if (!is_next) {
      problem(record.offset, expected, missing(expected, frame.sequence - 1));
      is_tree_known_ = false;
    } else if (is_chain_known_ && frame.chain != chain_after(state_.head.chain, record.frame_bytes)) {
      problem(record.offset, frame.sequence,
              fmt::format("record {} does not continue the one before", frame.sequence));
      is_tree_known_ = false;
    }
    is_chain_known_ = true;
    look_at_parts(record);
    if (frame.kind == RecordKind::kCheckpoint) take_checkpoint(record);
    const auto [begin, end] = unsynced_.equal_range(frame.sequence);
    for (auto one = begin; one != end;)
      one = one->second.chain == frame.chain ? unsynced_.erase(one) : std::next(one);
    state_.head = {frame.sequence, frame.chain};
    state_.tree.add(frame.chain);
    if (report_.first_wall_ns == 0) report_.first_wall_ns = frame.wall_ns;
    report_.last_wall_ns = frame.wall_ns;
    if (record.open_state == ScannedRecord::Part::kWhole) hear(record);
    if (options_.on_record) options_.on_record(frame.sequence, frame.chain);
  }

  void look_at_parts(const ScannedRecord& record) {
    using Part = ScannedRecord::Part;
    const std::uint64_t sequence = record.frame.sequence;
    if (record.open_state == Part::kDamaged)
      problem(record.offset + kFrameBytes, sequence, fmt::format("record {} was changed", sequence));
    if (record.personal_state == Part::kDamaged)
      problem(record.offset + kFrameBytes + record.open.size(), sequence,
              fmt::format("record {}, its personal part, was changed", sequence));
    has_damaged_part_ |= record.is_damaged();
    if (record.open_state != Part::kBlank && record.personal_state != Part::kBlank) return;
    blank_[sequence] = {segment_, record.offset, record.open_state == Part::kBlank};
    ++report_.blanked;
  }

  void take_checkpoint(const ScannedRecord& record) {
    const std::uint64_t sequence = record.frame.sequence;
    const auto checkpoint = read_signed_note(text_of_part(record.open), state_.public_key);
    const auto wrong = [&](const char* what) {
      problem(record.offset, sequence, fmt::format("the checkpoint at record {} {}", sequence, what));
    };
    if (!checkpoint) return wrong("is not signed by the key of that time");
    ++report_.checkpoints;
    if (report_.host_id.empty()) report_.host_id = checkpoint->host_id;
    if (checkpoint->host_id != report_.host_id) wrong("is another host's");
    if (checkpoint->records != sequence - 1 || checkpoint->chain != state_.head.chain)
      wrong("is not of the records before it");
    else if (is_tree_known_ && checkpoint->root != state_.tree.root())
      wrong("has another tree over the records before it");
    else
      accept_checkpoint(sequence, text_of_part(record.open));
    if (!checkpoint->next_key) return;
    state_.public_key = *checkpoint->next_key;
    ++state_.key_number;
    ++report_.keys;
  }

  void accept_checkpoint(std::uint64_t sequence, std::string_view note) {
    report_.signed_up_to = sequence;
    said_.sign();
    if (options_.on_checkpoint) options_.on_checkpoint(sequence, note);
  }

  void hear(const ScannedRecord& record) {
    if (!said_.hear(record))
      problem(record.offset, record.frame.sequence,
              fmt::format("record {} is not what its kind says", record.frame.sequence));
    else if (record.frame.kind == RecordKind::kGap)
      report_.remarks.push_back(
          {record.frame.sequence, visible_text(text_of_part(record.open), Backslash::kKeep)});
  }

  // What was to be blanked, and is not yet: somebody was promised that it is.
  void settle_blanking() {
    std::uint64_t left = 0;
    for (const auto& [first, last] : said_.blanked().ranges()) {
      const std::uint64_t from = std::max(first, report_.first), to = std::min(last, state_.head.records);
      if (from > to) continue;
      const auto blank = std::distance(blank_.lower_bound(from), blank_.upper_bound(to));
      left += to - from + 1 - static_cast<std::uint64_t>(blank);
    }
    if (left > 0)
      report_.remarks.push_back(
          {report_.last, fmt::format("{} records are to be blanked, and not blank yet", left)});
  }

  void settle_head() {
    if (head_ && head_->records > state_.head.records)
      problem_in(segment_, bytes_.size(), state_.head.records + 1,
                 missing(state_.head.records + 1, head_->records));
  }

  // Whether the writer has gone on: then it may say by now what it has blanked.
  bool has_moved() {
    const auto head = read_log_head(storage_);
    return head && head_ && head->records > head_->records;
  }

  void settle_statements() {
    for (const TornBytes& torn : torn_)
      if (!said_.are_torn(torn.segment, torn.offset, torn.bytes))
        problem_in(torn.segment, torn.offset, 0, fmt::format("{} bytes are no record", torn.bytes));
    for (const auto& [sequence, one] : unsynced_)
      if (!said_.are_torn(one.segment, one.offset, kFrameBytes))
        problem_in(one.segment, one.offset, sequence,
                   fmt::format("record {} was given up: the next segment does not have it", sequence));
    for (const auto& [sequence, place] : blank_)
      if (!(place.is_whole ? said_.blanked_as_a_whole() : said_.blanked()).contains(sequence)) {
        if (has_moved()) note_overtaken();
        problem_in(place.segment, place.offset, sequence,
                   fmt::format("record {} was blanked, and no record that is signed says why", sequence));
      }
    if (!earlier_are_gone_) return;
    if (said_.removed_up_to() + 1 >= report_.first)
      report_.remarks.push_back(
          {report_.first,
           fmt::format("records before {} were removed, their time being over", report_.first)});
    else
      problem_in(first_segment_, 0, said_.removed_up_to() + 1,
                 missing(said_.removed_up_to() + 1, report_.first - 1));
  }

  static std::string missing(std::uint64_t first, std::uint64_t last) {
    return first == last ? fmt::format("record {} is missing", first)
                         : fmt::format("records {} to {} are missing", first, last);
  }

  void problem(std::uint64_t offset, std::uint64_t sequence, std::string what) {
    problem_in(segment_, offset, sequence, std::move(what));
  }
  void problem_in(const std::string& segment, std::uint64_t offset, std::uint64_t sequence,
                  std::string what) {
    ++report_.problem_count;
    if (report_.problems.size() < LogReport::kProblemsMax)
      report_.problems.push_back({segment, offset, sequence, std::move(what)});
  }

  struct BlankRecord {
    std::string segment;
    std::uint64_t offset = 0;
    bool is_whole = false;  // not its personal part alone
  };
  // A record that the next segment has to repeat.
  struct Unsynced {
    std::string segment;
    std::uint64_t offset = 0;
    Digest chain{};
  };

  Storage& storage_;
  const VerifyOptions& options_;
  bool is_last_attempt_;
  LogReport report_;
  std::string segment_, bytes_;  // that is looked at
  std::optional<LogHead> head_;
  LogState state_;
  bool is_chain_known_ = false, is_tree_known_ = false;
  std::optional<Error> unreadable_;  // the first segment that is
  bool earlier_are_gone_ = false, has_damaged_part_ = false, was_overtaken_ = false;
  std::string first_segment_;
  Statements said_;
  std::multimap<std::uint64_t, Unsynced> unsynced_;  // by sequence number
  std::vector<TornBytes> torn_;                      // where that may be
  std::map<std::uint64_t, BlankRecord> blank_;
};

}  // namespace

Result<LogReport> verify_log(Storage& storage, const VerifyOptions& options) {
  for (int attempt = 1;; ++attempt) {
    Verifier verifier(storage, options, attempt == kAttemptsMax);
    auto report = verifier.run();
    if (!report || !verifier.was_overtaken()) return report;
    if (options.on_start_over) options.on_start_over();
  }
}

}  // namespace purposewatch

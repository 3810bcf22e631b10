#include "exporters/evidence/log_writer.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>

#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

constexpr std::size_t kHeldForLosses = std::size_t{64} << 10U;  // always, beyond what is written
constexpr std::size_t kHeldAtOnce = std::size_t{1} << 20U;
constexpr std::uint64_t kSecond = 1'000'000'000, kStatementIntervalMax = 600 * kSecond;
constexpr const char* kUnfinished = "segment.new";

std::size_t bytes_of_record(const RecordDraft& draft) {
  return kFrameBytes + 2 * kSaltBytes + draft.open.size() + draft.personal.size();
}

bool states_losses(const RecordDraft& draft) {
  return draft.kind == RecordKind::kGap || draft.kind == RecordKind::kSpace;
}

std::vector<std::string> removed_by(const std::string& text) {
  const SortedJson removal = SortedJson::parse(text, nullptr, false);
  std::vector<std::string> names;
  if (removal.is_object() && removal.contains("segments"))
    for (const SortedJson& name : removal["segments"])
      if (name.is_string()) names.push_back(name);
  return names;
}

std::vector<std::string> gaps_at(const LogEnd& end) {
  std::vector<std::string> gaps;
  for (const TornBytes& torn : end.torn)
    gaps.push_back(
        SortedJson{{"why", "torn"}, {"segment", torn.segment}, {"offset", torn.offset}, {"bytes", torn.bytes}}
            .dump());
  if (!end.damaged.empty())
    gaps.push_back(SortedJson{{"why", "damaged"}, {"records", to_string(end.damaged)}}.dump());
  if (end.missing > 0)
    gaps.push_back(
        SortedJson{{"why", "missing"}, {"count", end.missing}, {"up_to", end.state.head.records}}.dump());
  if (end.unsigned_records > 0)
    gaps.push_back(SortedJson{
        {"why", "unsigned"}, {"count", end.unsigned_records}, {"up_to", end.state.head.records - end.missing}}
                       .dump());
  return gaps;
}

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::open(Storage& storage, LogSettings settings, LogClocks now) {
  auto end = find_log_end(storage);
  if (!end) return tl::unexpected(end.error());
  std::unique_ptr<LogWriter> writer(new LogWriter(storage, std::move(settings)));
  std::vector<std::string> gaps = gaps_at(*end);
  writer->current_ = end->state;
  if (auto taken = writer->take_key(*end, gaps); !taken) return tl::unexpected(taken.error());
  writer->synced_ = writer->current_;
  // The segment appears with them in it, or not at all: a later run looks no further back than to the last
  // segment.
  for (std::string& text : gaps) writer->append(writer->gap(std::move(text), now));
  if (auto begun = writer->begin_segment(); !begun) return tl::unexpected(begun.error());
  return writer;
}

Result<void> LogWriter::take_key(const LogEnd& end, std::vector<std::string>& gaps) {
  KeyFile file(storage_);
  std::optional<StoredKey> here = file.newest();
  const bool is_first_try = end.is_new && here && here->number == 0 && current_.head.records == 0;
  if (is_first_try) current_.public_key = here->key.public_key();
  auto ours = file.take(current_.public_key);
  if (!ours) return tl::unexpected(ours.error());
  if (*ours) {
    key_ = std::move((*ours)->key);
    return {};
  }
  // There never was a log; or this one is not what the key here was made for.
  if (!end.is_new || here) {
    SortedJson gap = {{"why", "key"},
                      {"key_of_the_log", end.is_new ? SortedJson(nullptr) : SortedJson(current_.key_number)}};
    if (here) gap["key_here"] = here->number, gap["records_when_made"] = here->records;
    gaps.push_back(gap.dump());
    current_.key_number = std::max(current_.key_number, here ? here->number : 0) + 1;
    if (here && here->records > current_.head.records && here->records <= kRecordsMax) {
      current_.head.records = here->records;
      current_.tree = unknown_tree(here->records);
    }
  }
  current_.public_key = key_.public_key();
  return file.put_first({current_.key_number, current_.head.records, SigningKey(key_.seed())});
}

bool LogWriter::commit(std::span<const RecordDraft> drafts, Sync sync, LogClocks now) {
  look_for_segments(now);
  take_in(drafts, now);
  if (sync == Sync::kNow) append_checkpoint_if_due(now);
  Result<void> done = segment_ ? write_pending() : fail("no segment");
  if (done && sync == Sync::kNow) done = sync_pending();
  if (!done) {
    // Never the same descriptor again: the kernel may say that all is well, with the bytes gone.
    give_up_segment(done.error().message, now);
    done = begin_segment();
  }
  if (done && pending_.empty() && segment_bytes_ >= settings_.segment_bytes) done = begin_segment();
  trouble_ = done ? "" : done.error().message;
  return done && pending_.empty();
}

void LogWriter::close(LogClocks now) {
  checkpoint_boot_ns_ = 0;
  commit({}, Sync::kNow, now);
  if (segment_) segment_->release();
  segment_.reset();
}

// What is removed under our hands is stated as soon as it is missed: of the segment in use at once, since
// nothing that is written to it would stay; of the others within a second.
void LogWriter::look_for_segments(LogClocks now) {
  const bool is_here = !segment_ || segment_->is_in_place();
  if (is_here && now.boot_ns < next_look_ns_) return;
  next_look_ns_ = now.boot_ns + kSecond;
  look_at_segment_in_use(is_here, now);
  const auto names = list_segments(storage_);
  if (!names) return;
  std::vector<std::string> gone;
  std::set_difference(segments_.begin(), segments_.end(), names->begin(), names->end(),
                      std::back_inserter(gone));
  segments_ = std::set<std::string>(names->begin(), names->end());
  std::erase_if(gone, [this](const std::string& name) { return removed_.erase(name) > 0; });
  if (gone.empty()) return;
  append(gap(SortedJson{{"why", "gone"}, {"segments", gone}}.dump(), now));
}

void LogWriter::look_at_segment_in_use(bool is_here, LogClocks now) {
  if (!segment_) return;
  if (!is_here) {
    segment_.reset();
    return;
  }
  const auto bytes = segment_->size();
  if (!bytes || *bytes == segment_bytes_) return;
  append(
      gap(SortedJson{{"why", "changed"}, {"segment", name_}, {"bytes", *bytes}, {"written", segment_bytes_}}
              .dump(),
          now));
  segment_.reset();
}

void LogWriter::take_in(std::span<const RecordDraft> drafts, LogClocks now) {
  const std::size_t bytes =
      std::accumulate(drafts.begin(), drafts.end(), std::size_t{0},
                      [](std::size_t sum, const RecordDraft& draft) { return sum + bytes_of_record(draft); });
  note_whether_full(segment_ && !hold_room(bytes), now);
  state_losses(now);
  for (const RecordDraft& draft : drafts)
    if (draft.open.size() + kSaltBytes > kPartBytesMax ||
        draft.personal.size() + kSaltBytes > kPartBytesMax || (is_full_ && !states_losses(draft)) ||
        pending_.size() + bytes_of_record(draft) > settings_.unsynced_bytes_max)
      count_lost(draft.retention, 1, now);
    else
      append(draft);
}

void LogWriter::append(const RecordDraft& draft) {
  std::array<std::uint8_t, 2 * kSaltBytes> salts;
  fill_random(salts);
  const Frame frame = append_record(pending_, draft, current_.head.records + 1, settings_.boot_id,
                                    current_.head.chain, salts);
  current_.head = {frame.sequence, frame.chain};
  current_.tree.add(frame.chain);
  if (draft.kind == RecordKind::kRemoval)
    for (std::string& name : removed_by(draft.open)) removed_.insert(std::move(name));
  needs_checkpoint_ = draft.kind != RecordKind::kCheckpoint;
  is_to_be_signed_ = needs_checkpoint_ && (is_to_be_signed_ || draft.kind == RecordKind::kErasure ||
                                           draft.kind == RecordKind::kRemoval);
}

void LogWriter::append_checkpoint_if_due(LogClocks now) {
  const auto interval = static_cast<std::uint64_t>(settings_.checkpoint_interval.count());
  const bool is_due = checkpoint_boot_ns_ == 0 || now.boot_ns >= checkpoint_boot_ns_ + interval;
  if (!needs_checkpoint_ || !(is_due || is_to_be_signed_)) return;
  Checkpoint checkpoint{.host_id = settings_.host_id,
                        .records = current_.head.records,
                        .root = current_.tree.root(),
                        .chain = current_.head.chain,
                        .key_number = current_.key_number,
                        .next_key = std::nullopt};
  const SigningKey signer(key_.seed());
  name_next_key(checkpoint, now);
  append({.kind = RecordKind::kCheckpoint,
          .boot_ns = now.boot_ns,
          .wall_ns = now.wall_ns,
          .open = signed_note(checkpoint, signer),
          .personal = {}});
  checkpoint_boot_ns_ = now.boot_ns;
}

void LogWriter::name_next_key(Checkpoint& checkpoint, LogClocks now) {
  const auto interval = static_cast<std::uint64_t>(settings_.key_interval.count());
  const bool is_due = now.boot_ns >= key_used_since_ns_ + interval;
  if (key_used_since_ns_ != 0 && !is_due) return;
  if (!is_key_handed_over_ || is_full_) return;
  SigningKey next = SigningKey::generate();
  const StoredKey stored{current_.key_number + 1, current_.head.records, SigningKey(next.seed())};
  if (!KeyFile(storage_).prepare(stored)) return;  // the old one goes on
  key_ = std::move(next);
  key_used_since_ns_ = now.boot_ns;
  is_key_handed_over_ = false;
  checkpoint.next_key = key_.public_key();
  current_.public_key = key_.public_key();
  ++current_.key_number;
}

Result<void> LogWriter::write_pending() {
  const Bytes rest = bytes_of(pending_).subspan(pending_written_);
  if (rest.empty()) return {};
  auto written = segment_->append(rest);
  if (!written) return written;
  pending_written_ = pending_.size();
  segment_bytes_ += rest.size();
  return {};
}

Result<void> LogWriter::sync_pending() {
  if (pending_.empty()) return {};
  if (auto synced = segment_->sync(); !synced) return synced;
  pending_is_synced();
  return {};
}

// What is in it beyond the synced records is worth nothing: they follow once more.
void LogWriter::give_up_segment(const std::string& why, LogClocks now) {
  if (!segment_) return;
  const std::size_t synced = segment_bytes_ - pending_written_;
  append(gap(
      SortedJson{
          {"why", "torn"}, {"segment", name_}, {"offset", synced}, {"bytes", pending_.size()}, {"error", why}}
          .dump(),
      now));
  segment_->release();
  segment_.reset();
}

void LogWriter::pending_is_synced() {
  pending_.clear();
  pending_written_ = 0;
  synced_ = current_;
  (void)write_log_head(storage_, synced_.head);  // a hint
  if (!is_key_handed_over_ && KeyFile(storage_).hand_over()) is_key_handed_over_ = true;
}

// Whole and synced before it has its name.
Result<void> LogWriter::begin_segment() {
  if (segment_) segment_->release();
  segment_.reset();
  (void)storage_.remove(kUnfinished);
  auto file = storage_.create(kUnfinished);
  if (!file) return tl::unexpected(file.error());
  const std::string header = to_bytes(SegmentHeader{.first_sequence = synced_.head.records + 1,
                                                    .key_number = synced_.key_number,
                                                    .public_key = synced_.public_key,
                                                    .previous_chain = synced_.head.chain,
                                                    .tree_edge = synced_.tree.edge()});
  const std::string name = segment_name(synced_.head.records + 1);
  for (const Bytes bytes : {bytes_of(header), bytes_of(pending_)})
    if (auto written = (*file)->append(bytes); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  if (auto renamed = storage_.rename(kUnfinished, name); !renamed) return renamed;
  if (auto synced = storage_.sync_names(); !synced) return synced;
  auto opened = storage_.open(name);
  if (!opened) return tl::unexpected(opened.error());
  segment_ = std::move(*opened);
  segments_.insert(name);
  name_ = name;
  segment_bytes_ = held_bytes_ = header.size() + pending_.size();
  (void)hold_room(0);
  pending_is_synced();
  return {};
}

// Beyond `bytes` more, there is always room to say what was lost.
bool LogWriter::hold_room(std::size_t bytes) {
  const std::size_t needed = segment_bytes_ + bytes + kHeldForLosses;
  if (needed <= held_bytes_) return true;
  for (const std::size_t more : {bytes + kHeldAtOnce, bytes + kHeldForLosses})
    if (segment_->reserve(more)) {
      held_bytes_ = segment_bytes_ + more;
      return true;
    }
  return false;
}

void LogWriter::note_whether_full(bool is_full, LogClocks now) {
  if (is_full == is_full_) return;
  is_full_ = is_full;
  statement_interval_ns_ = kSecond;
  next_statement_ns_ = now.boot_ns + statement_interval_ns_;
  append({.kind = RecordKind::kSpace,
          .boot_ns = now.boot_ns,
          .wall_ns = now.wall_ns,
          .open = SortedJson{{"stage", is_full ? "full" : "recovered"}}.dump(),
          .personal = {}});
}

void LogWriter::count_lost(Retention retention, std::uint64_t count, LogClocks now) {
  if (std::all_of(lost_.begin(), lost_.end(), [](std::uint64_t already) { return already == 0; }))
    lost_since_ = now;
  lost_[static_cast<std::size_t>(retention)] += count;
  lost_ever_ += count;
}

// While the disk is full, less and less often: what is held for it is to last for a day.
void LogWriter::state_losses(LogClocks now) {
  SortedJson lost;
  for (std::size_t i = 0; i < lost_.size(); ++i)
    if (lost_[i] > 0) lost[std::string(kRetentionNames[i])] = lost_[i];
  if (lost.is_null()) return;
  if (is_full_) {
    if (now.boot_ns < next_statement_ns_) return;
    statement_interval_ns_ = std::min(statement_interval_ns_ * 2, kStatementIntervalMax);
    next_statement_ns_ = now.boot_ns + statement_interval_ns_;
  }
  const RecordDraft draft = gap(
      SortedJson{
          {"why", is_full_ ? "disk full" : "lost"}, {"lost", lost}, {"since", rfc3339(lost_since_.wall_ns)}}
          .dump(),
      now);
  if (pending_.size() + bytes_of_record(draft) > settings_.unsynced_bytes_max) return;
  append(draft);
  lost_.fill(0);
}

RecordDraft LogWriter::gap(std::string open, LogClocks now) const {
  return {.kind = RecordKind::kGap,
          .boot_ns = now.boot_ns,
          .wall_ns = now.wall_ns,
          .open = std::move(open),
          .personal = {}};
}

}  // namespace purposewatch

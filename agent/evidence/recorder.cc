#include "agent/evidence/recorder.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>

#include "agent/evidence/agent_records.h"
#include "exporters/ndjson/grant_event_json.h"

namespace purposewatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A flood is synced so often; a sync that takes longer takes more with it.
constexpr milliseconds kSyncInterval{10};
// What is not urgent is synced after so long, and the directory looked at.
constexpr milliseconds kTurnInterval{500};
// A disk that takes nothing for so long is one that cannot be written.
constexpr milliseconds kStuckAfter{2000};
constexpr std::uint64_t kSpaceIntervalNs = 10'000'000'000;

std::size_t bytes_in_log(const RecordDraft& draft) {
  return kFrameBytes + draft.open.size() + draft.personal.size();
}

bool is_urgent(const RecordDraft& draft) {
  return draft.retention == Retention::kFlagged || draft.kind == RecordKind::kGrant ||
         draft.kind == RecordKind::kTamper;
}

}  // namespace

Recorder::Recorder(Storage& storage, Settings settings) : storage_(storage), settings_(std::move(settings)) {}

Recorder::~Recorder() {
  close();
}

void Recorder::start() {
  open_log(settings_.clocks());
  thread_ = std::thread([this] { run(); });
}

void Recorder::accept(const Finding& finding) {
  RecordDraft draft;
  draft.retention = finding.verdict.outcome == Outcome::kFlagged   ? Retention::kFlagged
                    : finding.verdict.outcome == Outcome::kGranted ? Retention::kGranted
                                                                   : Retention::kPermitted;
  if (!has_room(draft.retention, kFrameBytes)) return;  // spares the writing in a flood
  draft.boot_ns = finding.boot_ns;
  draft.wall_ns = finding.wall_ns;
  events_.append_parts(draft.open, draft.personal, finding);
  record(std::move(draft));
}

void Recorder::note(const GrantEvent& event) {
  RecordDraft draft;
  draft.kind = RecordKind::kGrant;
  draft.retention = Retention::kGranted;
  draft.boot_ns = settings_.clocks().boot_ns;
  draft.wall_ns = event.wall_ns;
  append_grant_event_parts(draft.open, draft.personal, event);
  record(std::move(draft));
}

void Recorder::note(const TamperEvent& event) {
  record(tamper_record(event, settings_.clocks()));
}

// True: so many bytes more fit. False: they are counted as lost.
bool Recorder::has_room(Retention retention, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const bool may_fill = retention != Retention::kGranted && retention != Retention::kPermitted;
  const std::size_t limit = may_fill ? settings_.queue_bytes_max : settings_.queue_bytes_max / 2;
  if (queue_.bytes + bytes <= limit) return true;
  ++queue_.lost[static_cast<std::size_t>(retention)];
  ++queue_.taken;
  return false;
}

bool Recorder::record(RecordDraft draft) {
  const std::size_t bytes = bytes_in_log(draft);
  if (!has_room(draft.retention, bytes)) return false;
  const std::lock_guard lock(mutex_);
  queue_.bytes += bytes;
  queue_.is_urgent |= is_urgent(draft) || queue_.bytes > settings_.queue_bytes_max / 4;
  queue_.drafts.push_back(std::move(draft));
  ++queue_.taken;
  return true;
}

void Recorder::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.is_urgent) return;
  }
  work_.notify_one();
}

bool Recorder::wait_until_synced(milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = queue_.taken;
  if (settled_ >= wanted) return true;
  queue_.is_urgent = true;
  work_.notify_one();
  done_.wait_for(lock, patience, [&] { return settled_ >= wanted || !health_.is_writable; });
  return settled_ >= wanted;
}

std::uint64_t Recorder::taken() const {
  const std::lock_guard lock(mutex_);
  return queue_.taken;
}

std::uint64_t Recorder::settled() const {
  const std::lock_guard lock(mutex_);
  return settled_;
}

EvidenceHealth Recorder::health() const {
  const std::lock_guard lock(mutex_);
  EvidenceHealth health = health_;
  if (write_began_ && steady_clock::now() - *write_began_ > kStuckAfter) health.is_writable = false;
  health.lost += std::accumulate(queue_.lost.begin(), queue_.lost.end(), std::uint64_t{0});
  return health;
}

std::optional<std::uint64_t> Recorder::records_when_idle() const {
  const std::lock_guard lock(mutex_);
  if (settled_ < queue_.taken) return std::nullopt;
  return health_.records;
}

void Recorder::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Recorder::run() {
  std::unique_lock lock(mutex_);
  for (bool is_last = false; !is_last;) {
    const auto due = queue_.is_urgent && log_ ? std::min(next_sync_, next_turn_) : next_turn_;
    if (!is_closing_ && steady_clock::now() < due) {
      work_.wait_until(lock, due);
      continue;
    }
    is_last = is_closing_;
    if (!log_) {
      lock.unlock();
      open_log(settings_.clocks());
      lock.lock();
    }
    if (!log_) continue;
    Queue batch = std::exchange(queue_, {});
    queue_.taken = batch.taken;
    lock.unlock();
    write(std::move(batch), is_last);
    lock.lock();
  }
}

void Recorder::write(Queue batch, bool is_last) {
  const LogClocks now = settings_.clocks();
  const auto began = steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    write_began_ = began;
  }
  for (std::size_t i = 0; i < batch.lost.size(); ++i)
    if (batch.lost[i] > 0) log_->count_lost(static_cast<Retention>(i), batch.lost[i], now);
  note_space(now, batch.drafts);
  const std::uint64_t records_before = log_->synced().records;
  const bool is_synced = log_->commit(batch.drafts, LogWriter::Sync::kNow, now);
  if (is_last) log_->close(now);
  const auto ended = steady_clock::now();
  next_sync_ = std::max(began + kSyncInterval, ended);
  next_turn_ = ended + kTurnInterval;
  tell_trouble(log_->trouble(), log_->is_full());
  const std::lock_guard lock(mutex_);
  write_began_.reset();
  if (is_synced) settled_ = batch.taken;
  if (log_->synced().records > records_before)
    health_.sync_seconds.add(std::chrono::duration<double>(ended - began).count());
  health_.records = log_->synced().records;
  health_.head = log_->synced().witnessed();
  health_.lost = log_->lost();
  health_.is_writable = is_synced && !log_->is_full();
  done_.notify_all();
}

void Recorder::open_log(LogClocks now) {
  auto log = LogWriter::open(storage_, settings_.log, now);
  if (log) log_ = std::move(*log);
  next_turn_ = steady_clock::now() + (log ? kTurnInterval : settings_.retry_interval);
  tell_trouble(log ? "" : log.error().message, false);
  const std::lock_guard lock(mutex_);
  health_.is_writable = log.has_value();
  if (!log) return done_.notify_all();
  health_.records = log_->synced().records;
  health_.head = log_->synced().witnessed();
}

void Recorder::note_space(LogClocks now, std::vector<RecordDraft>& drafts) {
  if (now.boot_ns < next_space_look_ns_) return;
  next_space_look_ns_ = now.boot_ns + kSpaceIntervalNs;
  const auto space = storage_.space();
  if (!space) return;
  if (const auto stage = space_.look(*space)) {
    spdlog::log(*stage == "ok" ? spdlog::level::info : spdlog::level::warn,
                "evidence: {} of {} bytes are free", space->free_bytes, space->total_bytes);
    drafts.push_back(space_record(*stage, *space, now));
  }
  const std::lock_guard lock(mutex_);
  health_.free_bytes = space->free_bytes;
  health_.total_bytes = space->total_bytes;
}

// Each change once: of a disk that stays full, one line.
void Recorder::tell_trouble(std::string trouble, bool is_full) {
  if (trouble.empty() && is_full) trouble = "the disk is full";
  if (trouble == trouble_) return;
  trouble_ = std::move(trouble);
  if (trouble_.empty())
    spdlog::info("evidence: is written again");
  else
    spdlog::error("evidence: cannot be written: {}", trouble_);
}

}  // namespace purposewatch

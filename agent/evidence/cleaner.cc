#include "agent/evidence/cleaner.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/evidence/agent_records.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

constexpr const char* kJob = "erasing";  // {"after": N}: erasures that are recorded later may not be done yet
constexpr const char* kCleaned = "cleaned";  // CleanedUpTo, by class
constexpr std::size_t kFileBytesMax = std::size_t{64} << 20U;
constexpr std::chrono::hours kRetentionInterval{6};
constexpr std::chrono::minutes kSyncPatience{1};

CleanedUpTo cleaned_of(const std::string& text) {
  CleanedUpTo cleaned{};
  const SortedJson all = SortedJson::parse(text, nullptr, false);
  for (std::size_t i = 0; i < cleaned.size(); ++i) {
    const auto one = all.is_object() ? all.find(kRetentionNames[i]) : all.end();
    if (one != all.end() && one->is_number_integer()) cleaned[i] = one->get<std::int64_t>();
  }
  return cleaned;
}

std::string text_of(const CleanedUpTo& cleaned) {
  SortedJson all;
  for (std::size_t i = 0; i < cleaned.size(); ++i) all[std::string(kRetentionNames[i])] = cleaned[i];
  return all.dump();
}

}  // namespace

void EvidenceCleaner::start() {
  thread_ = std::thread([this] { run(); });
}

Result<void> EvidenceCleaner::erase(Request request) {
  {
    const std::lock_guard lock(mutex_);
    if (request_) return fail("another erasure is under way");
    if (request.client.empty()) return fail("whose records?");
    if (request.reference.empty()) return fail("an erasure needs a reference: the client's request");
    request_ = std::move(request);
    progress_ = {};
    progress_.state = State::kSearching;
  }
  changed_.notify_one();
  return {};
}

EvidenceCleaner::Progress EvidenceCleaner::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

void EvidenceCleaner::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void EvidenceCleaner::run() {
  const auto tell = [](const char* what, const Result<void>& done) {
    if (!done) spdlog::error("evidence: {}: {}", what, done.error().message);
  };
  tell("an erasure that was cut off", take_up_again());
  for (auto next = std::chrono::steady_clock::now();;) {
    if (std::chrono::steady_clock::now() >= next) {
      tell("retention", apply_retention());
      next = std::chrono::steady_clock::now() + kRetentionInterval;
    }
    std::optional<Request> request;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, next, [this] { return is_closing_ || request_; });
      if (is_closing_) return;
      request = request_;
    }
    if (!request) continue;
    const auto done = erase_client(*request);
    tell("erasure", done);
    note([&](Progress& progress) {
      progress.state = done ? State::kDone : State::kFailed;
      if (!done) progress.error = done.error().message;
      request_.reset();
    });
  }
}

void EvidenceCleaner::note(const std::function<void(Progress&)>& change) {
  const std::lock_guard lock(mutex_);
  change(progress_);
}

// What the job was, the evidence says: nobody can put another one in its place.
Result<void> EvidenceCleaner::take_up_again() {
  const auto text = file(kJob);
  if (!text) return {};
  const SortedJson job = SortedJson::parse(*text, nullptr, false);
  if (!job.is_object() || !job.contains("after") || !job["after"].is_number_unsigned())
    return fail(std::string(kJob) + " is not what it should be");
  auto recorded = find_recorded_erasures(around_.storage, job["after"].get<std::uint64_t>() + 1);
  if (!recorded) return tl::unexpected(recorded.error());
  for (const Blanking& blanking : *recorded)
    if (auto done = blank(blanking); !done) return done;
  return finish_job();
}

Result<void> EvidenceCleaner::erase_client(const Request& request) {
  if (auto taken_up = take_up_again(); !taken_up) return taken_up;
  if (!around_.recorder.wait_until_synced(kSyncPatience)) return fail("the evidence cannot be written");
  const auto tell = [this](std::uint64_t done, std::uint64_t all) {
    note([&](Progress& progress) { progress.bytes_done = done, progress.bytes_all = all; });
  };
  auto found = find_client(around_.storage, request.client, tell, [this] { return !is_closing_; });
  if (!found) return tl::unexpected(found.error());
  note([&](Progress& progress) {
    progress.state = State::kBlanking;
    progress.records = found->records.size();
  });
  if (auto repeated = record_and_sync(std::move(found->repeated)); !repeated) return repeated;
  Erasure erasure;
  erasure.blanking = {std::move(found->records), BlankedParts::kPersonal};
  erasure.why = "request";
  erasure.reference = request.reference;
  erasure.by = request.by;
  return carry_out(erasure);
}

Result<void> EvidenceCleaner::apply_retention() {
  if (auto taken_up = take_up_again(); !taken_up) return taken_up;
  const auto kept = file(kCleaned);
  auto due = find_due(around_.storage, around_.times, kept ? cleaned_of(*kept) : CleanedUpTo{},
                      around_.clocks().wall_ns);
  if (!due) return tl::unexpected(due.error());
  Erasure erasure;
  erasure.blanking = {std::move(due->blank), BlankedParts::kAll};
  erasure.why = "retention";
  if (auto done = carry_out(erasure); !done) return done;
  if (auto done = remove_segments(*due); !done) return done;
  return put_file(kCleaned, text_of(due->cleaned));
}

Result<void> EvidenceCleaner::carry_out(const Erasure& erasure) {
  if (erasure.blanking.records.empty()) return {};
  const SortedJson job = {{"after", around_.recorder.health().records}};
  if (auto put = put_file(kJob, job.dump()); !put) return put;
  if (auto recorded = record_and_sync(erasure_records(erasure, around_.clocks())); !recorded) return recorded;
  if (auto done = blank(erasure.blanking); !done) return done;
  return finish_job();
}

Result<void> EvidenceCleaner::blank(const Blanking& blanking) {
  const auto blanked = blank_records(around_.storage, blanking, [this] { return !is_closing_; });
  if (!blanked) return tl::unexpected(blanked.error());
  spdlog::info("evidence: {} records were blanked", *blanked);
  return {};
}

Result<void> EvidenceCleaner::finish_job() {
  if (auto forgotten = around_.forget_copies(); !forgotten) return forgotten;
  if (auto removed = around_.storage.remove(kJob); !removed) return removed;
  return around_.storage.sync_names();
}

Result<void> EvidenceCleaner::remove_segments(const DueRecords& due) {
  if (due.segments.empty()) return {};
  if (auto recorded = record_and_sync({removal_record(due.segments, due.removed_up_to, around_.clocks())});
      !recorded)
    return recorded;
  for (const std::string& name : due.segments)
    if (auto removed = around_.storage.remove(name); !removed) return removed;
  if (auto forgotten = around_.forget_copies(); !forgotten) return forgotten;
  spdlog::info("evidence: {} segments were removed, their time being over", due.segments.size());
  return around_.storage.sync_names();
}

// A record that was lost on its way must not be taken for one that is there.
Result<void> EvidenceCleaner::record_and_sync(std::vector<RecordDraft> drafts) {
  if (drafts.empty()) return {};
  const std::uint64_t lost_before = around_.recorder.health().lost;
  for (RecordDraft& draft : drafts)
    if (!around_.recorder.record(std::move(draft))) return fail("the evidence has no room");
  if (!around_.recorder.wait_until_synced(kSyncPatience) || around_.recorder.health().lost != lost_before)
    return fail("the evidence cannot be written");
  return {};
}

Result<void> EvidenceCleaner::put_file(const std::string& name, const std::string& text) {
  const std::string fresh = name + ".new";
  (void)around_.storage.remove(fresh);
  auto file = around_.storage.create(fresh);
  if (!file) return tl::unexpected(file.error());
  if (auto written = (*file)->append(bytes_of(text)); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  if (auto renamed = around_.storage.rename(fresh, name); !renamed) return renamed;
  return around_.storage.sync_names();
}

std::optional<std::string> EvidenceCleaner::file(const std::string& name) {
  const auto names = around_.storage.list();
  if (!names || std::find(names->begin(), names->end(), name) == names->end()) return std::nullopt;
  auto file = around_.storage.open(name);
  if (!file) return std::nullopt;
  auto text = (*file)->read(kFileBytesMax);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace purposewatch

#include "agent/witness/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/evidence/log_head.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

constexpr std::size_t kStepsBackMax = 20;  // more say nothing new
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kClockErrorMs = 600'000;  // between the host and its witness

std::string records_text(std::uint64_t first, std::uint64_t last) {
  return first == last ? fmt::format("record {}", first) : fmt::format("records {} to {}", first, last);
}

}  // namespace

std::string second_of(std::int64_t time_ms) {
  const std::string text = rfc3339(time_ms * kNsPerMs);
  return text.substr(0, text.find('.')) + "Z";
}

WitnessComparison::WitnessComparison(const WitnessHistory& history) : series_(history.series) {
  for (const WitnessedSeries& series : series_)
    for (const Witnessed& seen : series.runs)
      if (seen.records > 0) claims_.push_back({.seen = seen});  // 0: the agent had no log open yet
  std::sort(claims_.begin(), claims_.end(), [](const Claim& a, const Claim& b) {
    return std::tie(a.seen.records, a.seen.first_ms) < std::tie(b.seen.records, b.seen.first_ms);
  });
}

void WitnessComparison::start_over() {
  next_ = 0;
  for (Claim& claim : claims_) claim.state = State::kNotCompared;
}

void WitnessComparison::on_record(std::uint64_t sequence, const Digest& chain) {
  while (next_ < claims_.size() && claims_[next_].seen.records < sequence) ++next_;
  if (next_ == claims_.size() || claims_[next_].seen.records != sequence) return;
  const std::uint64_t head = LogHead{.records = sequence, .chain = chain}.witnessed();
  for (; next_ < claims_.size() && claims_[next_].seen.records == sequence; ++next_)
    claims_[next_].state = claims_[next_].seen.head == head ? State::kAgrees : State::kDiffers;
}

WitnessReport WitnessComparison::report(const LogReport& log) const {
  WitnessReport report;
  count(log, report);
  look_for_changes(report);
  look_for_the_end(log, report);
  look_for_steps_back(report);
  look_at_what_was_removed(log, report);
  look_for_gaps(log, report);
  return report;
}

void WitnessComparison::count(const LogReport& log, WitnessReport& report) const {
  for (const Claim& claim : claims_) {
    const Witnessed& seen = claim.seen;
    report.samples += seen.samples;
    if (claim.state == State::kDiffers) report.differed += seen.samples;
    if (claim.state == State::kNotCompared && seen.records < log.first) {
      report.removed += seen.samples;
      report.removed_ms = std::max(report.removed_ms, seen.last_ms);
    }
    if (claim.state == State::kNotCompared && seen.records >= log.first && seen.records <= log.last)
      report.unreadable += seen.samples;
    if (claim.state != State::kAgrees) continue;
    report.agreed += seen.samples;
    report.last_record = seen.records;
    report.last_ms = seen.last_ms;
  }
}

// Every head goes over all records before it: so the last one that agrees and the first one that does not
// are the bounds of where something was changed.
void WitnessComparison::look_for_changes(WitnessReport& report) const {
  const auto differs = [](const Claim& claim) { return claim.state == State::kDiffers; };
  const auto first = std::find_if(claims_.begin(), claims_.end(), differs);
  if (first == claims_.end()) return;
  const Claim* before = nullptr;  // by record
  std::int64_t first_agreeing_ms = INT64_MAX, last_differing_ms = 0;
  bool agrees_after = false;
  for (const Claim& claim : claims_) {
    if (claim.state == State::kDiffers) last_differing_ms = std::max(last_differing_ms, claim.seen.last_ms);
    if (claim.state != State::kAgrees) continue;
    first_agreeing_ms = std::min(first_agreeing_ms, claim.seen.first_ms);
    if (claim.seen.records < first->seen.records)
      before = &claim;
    else
      agrees_after = true;
  }
  WitnessProblem problem{.kind = WitnessProblem::Kind::kChanged,
                         .record = (before ? before->seen.records : 0) + 1,
                         .time_ms = first->seen.first_ms,
                         .what = {}};
  if (report.agreed == 0)
    problem.what = fmt::format(
        "nothing agrees: something in {} was changed, the whole log was replaced, or it is another host's; "
        "record {} was another one at {}",
        records_text(1, first->seen.records), first->seen.records, second_of(first->seen.first_ms));
  else if (first_agreeing_ms > last_differing_ms)
    problem.what = fmt::format(
        "the log was replaced between {} and {}: what was witnessed until then, record {} first, "
        "is not in it",
        second_of(last_differing_ms), second_of(first_agreeing_ms), first->seen.records);
  else
    problem.what =
        fmt::format("changed in {}: record {} is as it was witnessed at {}, record {} is not as at {}{}",
                    records_text(problem.record, first->seen.records), before ? before->seen.records : 0,
                    before ? second_of(before->seen.last_ms) : "no time", first->seen.records,
                    second_of(first->seen.first_ms),
                    agrees_after ? "; some later ones are, so one log has followed another" : "");
  report.problems.push_back(std::move(problem));
}

void WitnessComparison::look_for_the_end(const LogReport& log, WitnessReport& report) const {
  if (claims_.empty() || claims_.back().seen.records <= log.last) return;
  const std::uint64_t most = claims_.back().seen.records;
  std::int64_t first_ms = INT64_MAX, last_ms = 0;
  for (const Claim& claim : claims_) {
    if (claim.seen.records <= log.last) continue;
    first_ms = std::min(first_ms, claim.seen.first_ms);
    if (claim.seen.records == most) last_ms = std::max(last_ms, claim.seen.last_ms);
  }
  report.problems.push_back(
      {.kind = WitnessProblem::Kind::kShortened,
       .record = log.last + 1,
       .time_ms = first_ms,
       .what = fmt::format("cut off: {} were witnessed, from {} to {}, and are not there",
                           records_text(log.last + 1, most), second_of(first_ms), second_of(last_ms))});
}

// A log never loses what was synced: its own count, as it was seen at the time, says when it did.
void WitnessComparison::look_for_steps_back(WitnessReport& report) const {
  std::size_t steps = 0;
  for (const WitnessedSeries& series : series_) {
    const Witnessed* last = nullptr;
    for (const Witnessed& seen : series.runs) {
      if (seen.records == 0) continue;
      const bool is_back = last && seen.records < last->records;
      const bool is_other = last && seen.records == last->records && seen.head != last->head;
      if ((is_back || is_other) && ++steps <= kStepsBackMax)
        report.problems.push_back(
            {.kind = WitnessProblem::Kind::kWentBack,
             .record = seen.records,
             .time_ms = seen.first_ms,
             .what = is_back
                         ? fmt::format("went back from record {} at {} to record {} at {}: rolled back or "
                                       "replaced then",
                                       last->records, second_of(last->last_ms), seen.records,
                                       second_of(seen.first_ms))
                         : fmt::format("record {} was another one at {} than at {}: replaced then",
                                       seen.records, second_of(seen.first_ms), second_of(last->last_ms))});
      last = &seen;
    }
  }
}

// Records whose time is over are no damage; a log that only says so, to have nothing that can be compared,
// is.
void WitnessComparison::look_at_what_was_removed(const LogReport& log, WitnessReport& report) const {
  if (report.removed == 0) return;
  WitnessProblem problem{
      .kind = WitnessProblem::Kind::kRemoved, .record = log.first, .time_ms = report.removed_ms, .what = {}};
  if (report.removed == report.samples)
    problem.what =
        fmt::format("nothing of what was witnessed, last at {}, is left: the log begins with record {}",
                    second_of(report.removed_ms), log.first);
  else if (report.removed_ms > log.first_wall_ns / kNsPerMs + kClockErrorMs)
    problem.what =
        fmt::format("record {}, the first one left, says that it was written at {}; at {} there were fewer",
                    log.first, second_of(log.first_wall_ns / kNsPerMs), second_of(report.removed_ms));
  else
    return;
  report.problems.push_back(std::move(problem));
}

void WitnessComparison::look_for_gaps(const LogReport& log, WitnessReport& report) const {
  std::vector<Witnessed> by_time;
  for (const Claim& claim : claims_) by_time.push_back(claim.seen);
  std::sort(by_time.begin(), by_time.end(),
            [](const Witnessed& a, const Witnessed& b) { return a.first_ms < b.first_ms; });
  std::uint64_t records = log.first > 0 ? log.first - 1 : 0;
  std::int64_t looked_ms = log.first_wall_ns / kNsPerMs;
  const auto reach = [&](std::uint64_t to_records, std::int64_t to_ms) {
    const std::int64_t longest =
        report.longest_gap ? report.longest_gap->to_ms - report.longest_gap->from_ms : 0;
    if (to_records > records && to_ms - looked_ms > longest)
      report.longest_gap = {.from_ms = looked_ms, .to_ms = to_ms, .records = to_records - records};
  };
  for (const Witnessed& seen : by_time) {
    reach(seen.records, seen.first_ms);
    records = seen.records;
    looked_ms = std::max(looked_ms, seen.last_ms);
  }
  reach(log.last, log.last_wall_ns / kNsPerMs);
}

}  // namespace purposewatch

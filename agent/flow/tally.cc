#include "agent/flow/tally.h"

#include <algorithm>

#include "rules/flaggable.h"

namespace purposewatch {

void Tally::expect(const RuleSet& rules) {
  const std::lock_guard lock(mutex_);
  for (const Permit& permit : rules.permits)
    for (std::size_t i = 0; i < kAccessKindCount; ++i)
      if (const auto kind = static_cast<AccessKind>(i); permit.access & mask_of(kind))
        permitted_[{rules.stores[permit.store].name, rules.services[permit.service].name,
                    rules.purposes[permit.purpose].name, kind}];
  for (const Store& store : rules.stores) {
    last_flagged_[store.name];
    if (store.is_public)
      for (AccessKind kind : {AccessKind::kRead, AccessKind::kList}) permitted_[{store.name, "", "", kind}];
  }
  const std::vector<Flaggable> all = flaggable(rules);
  for (auto next = all.begin(); next != all.end();) {
    const auto end =
        std::find_if(next, all.end(), [&](const Flaggable& one) { return one.reason != next->reason; });
    if (next != all.begin() && static_cast<std::size_t>(end - all.begin()) > kFlaggedSeriesMax) break;
    for (; next != end; ++next) flagged_[{next->store, next->kind, next->reason}];
  }
}

void Tally::count(const Finding& finding) {
  const Verdict& verdict = finding.verdict;
  const AccessKind kind = finding.access.kind;
  const std::lock_guard lock(mutex_);
  if (verdict.outcome == Outcome::kFlagged) {
    flagged_[{verdict.store, kind, verdict.reason}] += finding.count;
    last_flagged_[verdict.store] = static_cast<double>(finding.wall_ns) / 1e9;
  } else {
    permitted_[{verdict.store, verdict.service, verdict.purpose, kind}] += finding.count;
  }
  ++delivered_;
  suppressed_[verdict.store] += finding.count - 1;
}

void Tally::recall(const FlaggedTotals& before) {
  const std::lock_guard lock(mutex_);
  for (const auto& [series, value] : before.counts) {
    const auto& [store, access, reason_name] = series;
    const auto kind = access_kind_named(access);
    const auto reason = reason_named(reason_name);
    if (kind && reason) flagged_[{store, *kind, *reason}] += value;
  }
  for (const auto& [store, seconds] : before.last_timestamps)
    last_flagged_[store] = std::max(last_flagged_[store], seconds);
}

FlaggedTotals Tally::flagged() const {
  const std::lock_guard lock(mutex_);
  FlaggedTotals totals;
  for (const auto& [series, value] : flagged_)
    if (value > 0)
      totals.counts[{series.store, std::string(name_of(series.kind)), std::string(name_of(series.reason))}] =
          value;
  for (const auto& [store, seconds] : last_flagged_)
    if (seconds > 0) totals.last_timestamps[store] = seconds;
  return totals;
}

void Tally::count_permitted_late(const Verdict& verdict, AccessKind kind, std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  permitted_[{verdict.store, verdict.service, verdict.purpose, kind}] += accesses;
  delivered_ += accesses;
}

void Tally::count_excepted(std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  delivered_ += accesses;
}

void Tally::count_undecodable() {
  const std::lock_guard lock(mutex_);
  ++undecodable_;
}

void Tally::count_orphans(std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  orphans_ += accesses;
}

void Tally::report(Health& health) const {
  const std::lock_guard lock(mutex_);
  std::map<AccessSeries, std::uint64_t> permitted = permitted_;
  for (const AccessCount& count : health.accesses)
    if (const auto kind = access_kind_named(count.access))
      permitted[{count.store, count.service, count.purpose, *kind}] += count.value;
  health.accesses.clear();
  for (const auto& [series, value] : permitted)
    health.accesses.push_back(
        {series.store, series.service, series.purpose, std::string(name_of(series.kind)), value});
  for (const auto& [series, value] : flagged_)
    health.flagged.push_back(
        {series.store, std::string(name_of(series.kind)), std::string(name_of(series.reason)), value});
  for (const auto& [store, seconds] : last_flagged_) {
    const auto suppressed = suppressed_.find(store);
    health.stores.push_back({store, seconds, suppressed == suppressed_.end() ? 0 : suppressed->second});
  }
  health.delivered = delivered_;
  for (StageLoss& loss : losses()) health.lost.push_back(std::move(loss));
}

std::vector<StageLoss> Tally::lost() const {
  const std::lock_guard lock(mutex_);
  return losses();
}

std::vector<StageLoss> Tally::losses() const {
  return {{"decode", undecodable_}, {"orphan", orphans_}};
}

}  // namespace purposewatch

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
    const Outcome usual = store.is_public ? Outcome::kPermitted : Outcome::kFlagged;
    disclosures_[{store.name, DisclosureKind::kNetwork, usual}];
    if (!store.is_public) flagged_[{store.name, AccessKind::kConnect, Reason::kNoEgress}];
    if (store.is_public)
      for (AccessKind kind : {AccessKind::kRead, AccessKind::kList}) permitted_[{store.name, "", "", kind}];
  }
  const std::vector<Flaggable> all = flaggable(rules);
  for (auto next = all.begin(); next != all.end();) {
    const auto end =
        std::find_if(next, all.end(), [&](const Flaggable& one) { return one.reason != next->reason; });
    const std::size_t series = static_cast<std::size_t>(end - all.begin()) + rules.stores.size();
    if (next != all.begin() && series > kFlaggedSeriesMax) break;
    for (; next != end; ++next) flagged_[{next->store, next->kind, next->reason}];
  }
}

void Tally::count(const Finding& finding) {
  const Verdict& verdict = finding.verdict;
  const AccessKind kind = finding.access.kind;
  const std::lock_guard lock(mutex_);
  if (finding.access.disclosure)
    disclosures_[{verdict.store, finding.access.disclosure->kind, verdict.outcome}] += finding.count;
  if (verdict.outcome == Outcome::kFlagged) {
    flagged_[{verdict.store, kind, verdict.reason}] += finding.count;
    last_flagged_[verdict.store] = static_cast<double>(finding.wall_ns) / 1e9;
  } else if (!finding.access.disclosure) {
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

void Tally::count_permitted_disclosure(const Finding& finding) {
  const std::lock_guard lock(mutex_);
  disclosures_[{finding.verdict.store, finding.access.disclosure->kind, Outcome::kPermitted}] +=
      finding.count;
  delivered_ += finding.count;
}

void Tally::count_excepted(std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  delivered_ += accesses;
}

void Tally::count_own(std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  own_ += accesses;
}

std::uint64_t Tally::own() const {
  const std::lock_guard lock(mutex_);
  return own_;
}

void Tally::count_undecodable() {
  const std::lock_guard lock(mutex_);
  ++undecodable_;
}

void Tally::count_orphans(std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  orphans_ += accesses;
}

void Tally::count(Tampering what) {
  const std::lock_guard lock(mutex_);
  ++tampering_[static_cast<std::size_t>(what)];
}

void Tally::count_absence() {
  const std::lock_guard lock(mutex_);
  ++absences_;
}

void Tally::count_unreadable(std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  unreadable_ += accesses;
}

void Tally::recall_permitted(const std::string& store, const std::string& service, const std::string& purpose,
                             AccessKind kind, std::uint64_t accesses) {
  const std::lock_guard lock(mutex_);
  permitted_[{store, service, purpose, kind}] += accesses;
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
  for (const auto& [series, value] : disclosures_)
    health.disclosures.push_back(
        {series.store, std::string(name_of(series.kind)), std::string(name_of(series.verdict)), value});
  for (const auto& [store, seconds] : last_flagged_) {
    const auto suppressed = suppressed_.find(store);
    health.stores.push_back({store, seconds, suppressed == suppressed_.end() ? 0 : suppressed->second});
  }
  health.delivered = delivered_;
  for (StageLoss& loss : losses()) health.lost.push_back(std::move(loss));
  for (std::size_t i = 0; i < tampering_.size(); ++i)
    health.tampering.push_back({std::string(kTamperingNames[i]), tampering_[i]});
}

std::vector<StageLoss> Tally::lost() const {
  const std::lock_guard lock(mutex_);
  return losses();
}

std::uint64_t Tally::accounted() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = delivered_ + orphans_ + own_;
  for (const auto& [store, accesses] : suppressed_) sum += accesses;
  return sum;
}

std::vector<StageLoss> Tally::losses() const {
  return {{"decode", undecodable_}, {"orphan", orphans_}, {"absent", absences_}, {"handover", unreadable_}};
}

}  // namespace purposewatch

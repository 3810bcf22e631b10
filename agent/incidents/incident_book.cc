#include "agent/incidents/incident_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/incidents/severity.h"
#include "exporters/text/word.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

IncidentAccesses accesses_of(const Finding& finding) {
  const AccessKind kind = finding.access.kind;
  return {.severity = severity_of(kind, finding.verdict.reason),
          .threats = mask_of(threat_of(kind, finding.verdict.reason)),
          .client = visible_text(finding.verdict.client),
          .count = finding.count,
          .wall_ns = finding.wall_ns};
}

// 1 of 1 to 9, 2 of 10 to 99, ...
int digits_of(std::uint64_t number) {
  int digits = 0;
  for (; number > 0; number /= 10) ++digits;
  return digits;
}

std::string overflow_of(const std::string& store) {
  std::uint32_t hash = 0x811c9dc5U;  // FNV-1a
  for (const char letter : store) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x01000193U;
  return fmt::format("ffffffff{:08x}", hash);
}

}  // namespace

void IncidentBook::accept(const Finding& finding) {
  if (finding.verdict.outcome != Outcome::kFlagged || finding.incident.empty()) return;
  const auto known = incidents_.find(finding.incident);
  if (known != incidents_.end() && known->second.is_open)  // nearly always
    return count(known->second, accesses_of(finding), Telling::kTell);
  IncidentSign sign;
  sign.incident = finding.incident;
  sign.store = finding.verdict.store;
  sign.reason = name_of(finding.verdict.reason);
  sign.clause = finding.verdict.clause;
  if (finding.subject) {
    sign.who = visible_text(person_of(*finding.subject));
    sign.executable = visible_text(finding.subject->executable);
  }
  sign.accesses = accesses_of(finding);
  see(std::move(sign), Telling::kTell);
}

// Of one that is open.
void IncidentBook::count(Incident& incident, const IncidentAccesses& accesses, Telling telling) {
  has_changed_ = true;
  const bool is_worse = accesses.severity > incident.severity;
  if (is_worse || (incident.threats | accesses.threats) != incident.threats) {
    count_open(incident, -1);
    incident.severity = std::max(incident.severity, accesses.severity);
    incident.severities |= mask_of(incident.severity);
    incident.threats |= accesses.threats;
    count_open(incident, 1);
  }
  const int digits_before = digits_of(incident.accesses());
  incident.count += accesses.count;
  incident.last_wall_ns = std::max(incident.last_wall_ns, accesses.wall_ns);
  incident.has_more_clients |= accesses.client != incident.client;
  if (telling == Telling::kSilent) return;
  if (is_worse) tell_(IncidentChange::kWorsened, incident);
  if (digits_of(incident.accesses()) > digits_before) tell_(IncidentChange::kGrown, incident);
}

void IncidentBook::see(IncidentSign sign, Telling telling) {
  if (!incidents_.contains(sign.incident) && !make_room()) {
    sign.incident = overflow_of(sign.store);
    sign.who = sign.executable = "";
    sign.reason = kTooManyIncidents;
  }
  const auto [known, is_new] = incidents_.try_emplace(sign.incident);
  Incident& incident = known->second;
  if (is_new) {
    incident.id = sign.incident;
    incident.store = sign.store;
    incident.reason = sign.reason;
    incident.who = sign.who;
    incident.executable = sign.executable;
    incident.first_wall_ns = sign.accesses.wall_ns;
  } else if (incident.is_open) {
    return count(incident, sign.accesses, telling);
  } else {
    ++incident.reopened;
  }
  has_changed_ = true;
  open(incident, sign);
  if (telling == Telling::kTell)
    tell_(is_new ? IncidentChange::kOpened : IncidentChange::kReopened, incident);
}

void IncidentBook::open(Incident& incident, const IncidentSign& sign) {
  const IncidentAccesses& first = sign.accesses;
  incident.is_open = true;
  incident.severity = first.severity;
  incident.severities = mask_of(first.severity);
  incident.threats = first.threats;
  incident.clause = sign.clause;
  incident.client = first.client;
  incident.has_more_clients = false;
  incident.opened_wall_ns = first.wall_ns;
  incident.count_before = incident.count;
  incident.count += first.count;
  incident.last_wall_ns = std::max(incident.last_wall_ns, first.wall_ns);
  ++open_incidents_;
  count_open(incident, 1);
}

Result<Incident> IncidentBook::review(const IncidentReview& review) {
  const auto found = incidents_.find(review.incident);
  if (found == incidents_.end())
    return fail(fmt::format("there is no incident {}", visible_text(review.incident)));
  Incident& incident = found->second;
  if (!incident.is_open)
    return fail(fmt::format("incident {} was reviewed by {}: {}, {}", incident.id, incident.reviewed_by,
                            name_of(*incident.disposition), incident.reference));
  if (review.reference.empty()) return fail("a review needs a reference: the ticket where it is written up");
  close(incident, review);
  tell_(IncidentChange::kReviewed, incident);
  return incident;
}

void IncidentBook::close(Incident& incident, const IncidentReview& review) {
  has_changed_ = true;
  --open_incidents_;
  count_open(incident, -1);
  incident.is_open = false;
  incident.disposition = review.disposition;
  incident.reference = visible_text(review.reference);
  incident.reviewed_by = visible_text(review.by);
  incident.reviewed_wall_ns = review.wall_ns;
}

void IncidentBook::forget_client(const std::string& client) {
  const std::string name = visible_text(client);
  for (auto& [id, incident] : incidents_)
    for (std::string* text : {&incident.who, &incident.executable, &incident.client})
      if (has_word(*text, name)) {
        text->clear();
        has_changed_ = true;
      }
}

void IncidentBook::put(Incident incident) {
  std::string id = incident.id;
  const auto [known, is_new] = incidents_.try_emplace(std::move(id), std::move(incident));
  if (!is_new || !known->second.is_open) return;
  ++open_incidents_;
  count_open(known->second, 1);
}

void IncidentBook::recall(const IncidentSign& sign) {
  see(sign, Telling::kSilent);
}

void IncidentBook::recall(const IncidentReview& review) {
  const auto found = incidents_.find(review.incident);
  if (found != incidents_.end() && found->second.is_open) close(found->second, review);
}

void IncidentBook::count_open(const Incident& incident, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  open_[{incident.store, incident.severity}] += by;
  for (std::size_t i = 0; i < kThreatNames.size(); ++i)
    if (const auto threat = static_cast<Threat>(i); incident.threats & mask_of(threat))
      open_threats_[{incident.store, threat, incident.severity}] += by;
}

std::vector<IncidentCount> IncidentBook::open_counts(const RuleSet& rules) const {
  const std::lock_guard lock(mutex_);
  auto counts = open_;
  for (const Store& store : rules.stores)
    for (std::size_t i = 0; i < kSeverityNames.size(); ++i) counts[{store.name, static_cast<Severity>(i)}];
  std::vector<IncidentCount> all;
  for (const auto& [series, count] : counts)
    all.push_back({series.first, std::string(name_of(series.second)), static_cast<std::uint64_t>(count)});
  return all;
}

std::vector<ThreatCount> IncidentBook::open_threats(const RuleSet& rules) const {
  const std::lock_guard lock(mutex_);
  auto counts = open_threats_;
  for (const Store& store : rules.stores)
    for (std::size_t threat = 0; threat < kThreatNames.size(); ++threat)
      for (std::size_t severity = 0; severity < kSeverityNames.size(); ++severity)
        counts[{store.name, static_cast<Threat>(threat), static_cast<Severity>(severity)}];
  std::vector<ThreatCount> all;
  for (const auto& [series, count] : counts) {
    const auto& [store, threat, severity] = series;
    all.push_back({store, std::string(name_of(threat)), std::string(name_of(severity)),
                   static_cast<std::uint64_t>(count)});
  }
  return all;
}

// True: there is room for one more. In a flood of new ones, all of which are open, it must not look at each.
bool IncidentBook::make_room() {
  if (incidents_.size() < kIncidentsMax) return true;
  if (open_incidents_ == incidents_.size()) return false;
  auto oldest = incidents_.end();
  for (auto one = incidents_.begin(); one != incidents_.end(); ++one)
    if (!one->second.is_open &&
        (oldest == incidents_.end() || one->second.last_wall_ns < oldest->second.last_wall_ns))
      oldest = one;
  incidents_.erase(oldest);
  return true;
}

}  // namespace purposewatch

#include "agent/incidents/incident_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/incidents/severity.h"
#include "exporters/text/visible_text.h"
#include "exporters/text/word.h"

namespace purposewatch {

void IncidentBook::accept(const Finding& finding) {
  if (finding.verdict.outcome != Outcome::kFlagged || finding.incident.empty()) return;
  const auto known = incidents_.find(finding.incident);
  if (known != incidents_.end() && known->second.is_open) {  // nearly always
    count(known->second, severity_of(finding.access.kind, finding.verdict.reason), finding.count,
          finding.wall_ns);
    return;
  }
  IncidentSign sign;
  sign.incident = finding.incident;
  sign.store = finding.verdict.store;
  sign.reason = name_of(finding.verdict.reason);
  if (finding.subject) {
    sign.who = visible_text(person_of(*finding.subject));
    sign.executable = visible_text(finding.subject->executable);
  }
  sign.severity = severity_of(finding.access.kind, finding.verdict.reason);
  sign.count = finding.count;
  sign.wall_ns = finding.wall_ns;
  see(std::move(sign), Telling::kTell);
}

// Of one that is open.
void IncidentBook::count(Incident& incident, Severity severity, std::uint64_t accesses,
                         std::int64_t wall_ns) {
  has_changed_ = true;
  if (severity > incident.severity) {
    count_open(incident, -1);
    incident.severity = severity;
    count_open(incident, 1);
  }
  incident.count += accesses;
  incident.last_wall_ns = std::max(incident.last_wall_ns, wall_ns);
}

void IncidentBook::see(IncidentSign sign, Telling telling) {
  if (!incidents_.contains(sign.incident) && !make_room()) {
    sign.incident = kOverflow;
    sign.store = sign.who = sign.executable = "";
    sign.reason = "too-many-incidents";
  }
  const auto [known, is_new] = incidents_.try_emplace(sign.incident);
  Incident& incident = known->second;
  const bool was_open = incident.is_open && !is_new;
  if (is_new) {
    incident.id = sign.incident;
    incident.store = sign.store;
    incident.reason = sign.reason;
    incident.who = sign.who;
    incident.executable = sign.executable;
    incident.first_wall_ns = sign.wall_ns;
  }
  if (!was_open) {
    incident.severity = sign.severity;
    incident.is_open = true;
    count_open(incident, 1);
  }
  count(incident, sign.severity, sign.count, sign.wall_ns);
  if (was_open) return;
  if (!is_new) ++incident.reopened;
  if (telling == Telling::kTell)
    tell_(is_new ? IncidentChange::kOpened : IncidentChange::kReopened, incident);
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
    for (std::string* text : {&incident.who, &incident.executable})
      if (has_word(*text, name)) {
        text->clear();
        has_changed_ = true;
      }
}

void IncidentBook::put(Incident incident) {
  std::string id = incident.id;
  if (incident.is_open) count_open(incident, 1);
  incidents_.insert_or_assign(std::move(id), std::move(incident));
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

// True: there is room for one more.
bool IncidentBook::make_room() {
  if (incidents_.size() < kIncidentsMax) return true;
  auto oldest = incidents_.end();
  for (auto one = incidents_.begin(); one != incidents_.end(); ++one)
    if (!one->second.is_open &&
        (oldest == incidents_.end() || one->second.last_wall_ns < oldest->second.last_wall_ns))
      oldest = one;
  if (oldest == incidents_.end()) return false;
  incidents_.erase(oldest);
  return true;
}

}  // namespace purposewatch

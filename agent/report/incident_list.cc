#include "agent/report/incident_list.h"

#include <algorithm>
#include <functional>

#include "agent/report/actor_of.h"
#include "agent/report/record_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

// Clients that are told apart for one incident.
constexpr std::size_t kClientsMax = 256;

}  // namespace

void IncidentList::take_finding(const Json& finding, std::uint64_t record, std::int64_t wall_ns) {
  const std::string id = text_in(finding, {"purposewatch", "incident"});
  if (incidents_.size() >= incidents_max_ && !incidents_.contains(id)) {
    ++findings_left_out_;
    return;
  }
  Incident& incident = incidents_[id];
  IncidentReport& report = incident.report;
  if (report.first_record == 0) {
    report.id = id;
    report.store = text_in(finding, {"purposewatch", "store"});
    report.reason = text_in(finding, {"purposewatch", "reason"});
    report.clause = text_in(finding, {"purposewatch", "clause"});
    report.who = actor_of(finding);
    report.first_record = record;
    report.first_ns = report.last_ns = wall_ns;
  }
  report.accesses += std::max<std::uint64_t>(1, number_in(finding, {"purposewatch", "count"}));
  report.first_ns = std::min(report.first_ns, wall_ns);
  report.last_ns = std::max(report.last_ns, wall_ns);
  const std::string client = text_in(finding, {"purposewatch", "client"});
  if (client.empty()) return;
  if (incident.clients.size() < kClientsMax)
    incident.clients.insert(std::hash<std::string>()(client));
  else if (!incident.clients.contains(std::hash<std::string>()(client)))
    report.clients_are_more = true;
}

void IncidentList::take_review(const Json& review, std::int64_t wall_ns) {
  const std::string id = text_in(review, {"incident"});
  if (id.empty() || (reviews_.size() >= incidents_max_ && !reviews_.contains(id))) return;
  ReviewState& state = reviews_[id];
  state.is_open = text_in(review, {"change"}) != "reviewed";
  state.disposition = state.is_open ? "" : text_in(review, {"disposition"});
  if (const std::string severity = text_in(review, {"severity"}); !severity.empty())
    state.severity = severity;
  state.reference = text_in(review, {"reference"});
  state.by = text_in(review, {"by"});
  state.changed_ns = wall_ns;
}

ReviewState IncidentList::review_of(const std::string& incident) const {
  const auto found = reviews_.find(incident);
  return found == reviews_.end() ? ReviewState{} : found->second;
}

Listed<IncidentReport> IncidentList::list(std::size_t rows_max) const {
  Listed<IncidentReport> list;
  for (const auto& [id, incident] : incidents_) {
    IncidentReport report = incident.report;
    report.clients = incident.clients.size();
    report.review = review_of(id);
    list.rows.push_back(std::move(report));
  }
  std::sort(list.rows.begin(), list.rows.end(), [](const IncidentReport& a, const IncidentReport& b) {
    return std::tuple(!a.review.is_open, -a.last_ns, a.id) < std::tuple(!b.review.is_open, -b.last_ns, b.id);
  });
  list.more = findings_left_out_;
  list.limit_to(rows_max);
  return list;
}

void IncidentList::count_by_clause(std::vector<ClauseReport>& clauses) const {
  for (const auto& [id, incident] : incidents_)
    for (ClauseReport& clause : clauses) {
      if (clause.id != incident.report.clause) continue;
      ++clause.incidents;
      clause.open_incidents += is_open(id) ? 1 : 0;
    }
}

std::uint64_t IncidentList::open_count() const {
  return static_cast<std::uint64_t>(
      std::count_if(incidents_.begin(), incidents_.end(),
                    [this](const auto& incident) { return is_open(incident.first); }));
}

}  // namespace purposewatch

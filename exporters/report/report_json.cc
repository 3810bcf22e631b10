#include "exporters/report/report_json.h"

#include <nlohmann/json.hpp>

#include "exporters/report/summary.h"
#include "exporters/text/time_text.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

// What is empty is left out.
class Members {
 public:
  Members& text(const char* name, const std::string& value) {
    if (!value.empty()) json_[name] = visible_text(value, Backslash::kKeep);
    return *this;
  }
  Members& moment(const char* name, std::int64_t wall_ns) {
    if (wall_ns == 0 || wall_ns == ReportPeriod::kUnbounded) return *this;
    json_[name] = rfc3339(wall_ns);
    return *this;
  }
  Members& texts(const char* name, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    Json list = Json::array();
    for (const std::string& value : values) list.push_back(visible_text(value, Backslash::kKeep));
    json_[name] = std::move(list);
    return *this;
  }
  Members& value(const char* name, Json value) {
    json_[name] = std::move(value);
    return *this;
  }
  Members& flag(const char* name, bool is_set) {
    if (is_set) json_[name] = true;
    return *this;
  }
  // That of another object, when there is something in it.
  Members& object(const char* name, Json value) {
    if (!value.empty()) json_[name] = std::move(value);
    return *this;
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

template <class Row, class ToJson>
Json json_of_list(const Listed<Row>& list, ToJson to_json) {
  Json rows = Json::array();
  for (const Row& row : list.rows) rows.push_back(to_json(row));
  return {{"listed", std::move(rows)}, {"not_listed", list.more}};
}

Json json_of(const AccessCounts& counts) {
  return {{"permitted", counts.permitted}, {"granted", counts.granted}, {"flagged", counts.flagged}};
}

Json json_of(const Actor& who) {
  return Members()
      .text("person", who.person)
      .text("acts_as", who.acts_as)
      .text("program", who.program)
      .text("service", who.service)
      .take();
}

Json json_of(const PolicyIdentity& policy) {
  return Members()
      .text("name", policy.name)
      .text("version", policy.version)
      .text("digest", policy.digest)
      .take();
}

Json json_of(const ReviewState& review) {
  return Members()
      .value("state", review.is_open ? "open" : "reviewed")
      .text("disposition", review.disposition)
      .text("severity", review.severity)
      .text("reference", review.reference)
      .text("by", review.by)
      .moment("changed", review.changed_ns)
      .take();
}

Json json_of(const EvidenceCheck& evidence) {
  return Members()
      .value("sound", evidence.is_sound())
      .value("first_record", evidence.first)
      .value("last_record", evidence.last)
      .value("signed_up_to", evidence.signed_up_to)
      .moment("first", evidence.first_wall_ns)
      .moment("last", evidence.last_wall_ns)
      .value("segments", evidence.segments)
      .value("bytes", evidence.bytes)
      .value("checkpoints", evidence.checkpoints)
      .value("keys", evidence.keys)
      .value("blanked", evidence.blanked)
      .text("chain", evidence.chain)
      .text("first_key", evidence.first_key)
      .value("problem_count", evidence.problem_count)
      .texts("problems", evidence.problems)
      .value("remark_count", evidence.remark_count)
      .texts("remarks", evidence.remarks)
      .take();
}

Json json_of(const ClauseReport& clause) {
  return Members()
      .text("clause", clause.id)
      .text("title", clause.title)
      .text("promise", clause.promise)
      .texts("protected_by", clause.protections)
      .value("accesses", json_of(clause.accesses))
      .value("incidents", clause.incidents)
      .value("open_incidents", clause.open_incidents)
      .value("grants", clause.grants)
      .value("safeguards", {{"ok", clause.safeguards_ok},
                            {"violated", clause.safeguards_violated},
                            {"unknown", clause.safeguards_unknown}})
      .take();
}

Json json_of(const PurposeUse& use) {
  return Members()
      .text("purpose", use.purpose)
      .text("clause", use.clause)
      .flag("needs_grant", use.needs_grant)
      .value("permitted", use.permitted)
      .value("granted", use.granted)
      .value("by_service", json_of_list(use.by_service,
                                        [](const ServiceUse& one) {
                                          return Members()
                                              .text("service", one.service)
                                              .text("store", one.store)
                                              .value("permitted", one.permitted)
                                              .value("granted", one.granted)
                                              .take();
                                        }))
      .take();
}

Json json_of(const IncidentReport& incident) {
  return Members()
      .text("incident", incident.id)
      .text("store", incident.store)
      .text("reason", incident.reason)
      .text("clause", incident.clause)
      .object("who", json_of(incident.who))
      .value("accesses", incident.accesses)
      .value("clients", incident.clients)
      .flag("clients_are_more", incident.clients_are_more)
      .moment("first", incident.first_ns)
      .moment("last", incident.last_ns)
      .value("first_record", incident.first_record)
      .value("review", json_of(incident.review))
      .take();
}

Json json_of(const DisclosureReport& disclosure) {
  return Members()
      .text("kind", disclosure.kind)
      .text("to", disclosure.to)
      .text("store", disclosure.store)
      .text("verdict", disclosure.verdict)
      .object("who", json_of(disclosure.who))
      .value("count", disclosure.count)
      .moment("first", disclosure.first_ns)
      .moment("last", disclosure.last_ns)
      .value("first_record", disclosure.first_record)
      .take();
}

Json json_of(const GrantReport& grant) {
  return Members()
      .text("grant", grant.id)
      .text("state", grant.state)
      .text("who", grant.who)
      .text("store", grant.store)
      .texts("access", grant.access)
      .text("purpose", grant.purpose)
      .text("clause", grant.clause)
      .text("reference", grant.reference)
      .text("approved_by", grant.approved_by)
      .text("requested_by", grant.requested_by)
      .text("reviewed_by", grant.reviewed_by)
      .flag("break_glass", grant.is_break_glass)
      .value("clients", grant.clients_are_blanked ? Json("erased")
                        : grant.clients == 0      ? Json("all")
                                                  : Json(grant.clients))
      .moment("given", grant.given_ns)
      .moment("expires", grant.expires_ns)
      .moment("ended", grant.ended_ns)
      .text("why_refused", grant.why)
      .value("accesses", grant.granted)
      .value("flagged_beside_it", grant.flagged)
      .take();
}

Json json_of(const SafeguardReport& safeguard) {
  Json spans = Json::array();
  for (const SafeguardSpan& span : safeguard.spans)
    spans.push_back(Members()
                        .value("state", name_of(span.state))
                        .moment("from", span.from_ns)
                        .moment("to", span.to_ns)
                        .text("why", span.why)
                        .take());
  return Members()
      .text("safeguard", safeguard.name)
      .text("kind", safeguard.kind)
      .text("clause", safeguard.clause)
      .value("state", name_of(safeguard.now()))
      .value("spans", std::move(spans))
      .value("changes_left_out", safeguard.changes_left_out)
      .take();
}

Json json_of(const Happening& happening) {
  return Members()
      .moment("when", happening.wall_ns)
      .value("record", happening.record)
      .text("kind", happening.kind)
      .text("what", happening.what)
      .flag("trouble", happening.is_trouble)
      .take();
}

Json json_of(const ClientAccess& access) {
  Members members;
  members.value("record", access.record)
      .moment("first", access.first_ns)
      .moment("last", access.last_ns)
      .value("count", access.count)
      .text("access", access.kind)
      .text("store", access.store)
      .text("place", access.place)
      .text("to", access.to)
      .object("who", json_of(access.who))
      .text("verdict", access.verdict)
      .text("reason", access.reason)
      .text("purpose", access.purpose)
      .text("clause", access.clause)
      .text("grant", access.grant)
      .text("reference", access.reference)
      .text("incident", access.incident);
  if (!access.incident.empty()) members.value("review", json_of(access.review));
  return members.take();
}

template <class Row>
Json rows_of(const Listed<Row>& list) {
  return json_of_list(list, [](const Row& row) { return json_of(row); });
}

template <class Row>
Json rows_of(const std::vector<Row>& list) {
  Json rows = Json::array();
  for (const Row& row : list) rows.push_back(json_of(row));
  return rows;
}

Json head_of(const Report& report) {
  Members members;
  members.value("format", kReportFormat)
      .text("summary", summary_of(report))
      .moment("made", report.made_ns)
      .text("version", report.version)
      .object("host", Members().text("name", report.host_name).text("id", report.host_id).take())
      .text("client", report.client)
      .value("period", Members()
                           .moment("since", report.period.since_ns)
                           .moment("until", report.period.until_ns)
                           .moment("first", report.period.first_ns)
                           .moment("last", report.period.last_ns)
                           .take());
  if (report.policy) members.value("policy", json_of(*report.policy));
  if (report.in_force) members.value("policy_in_force", json_of(*report.in_force));
  return members.text("policy_error", report.policy_error).take();
}

}  // namespace

std::string report_json(const Report& report) {
  Json json = head_of(report);
  json["evidence"] = json_of(report.evidence);
  json["records"] = report.records;
  json["blanked_records"] = report.blanked_records;
  json["accesses"] = json_of(report.accesses);
  json["permitted_is_recorded"] = report.permitted_is_recorded;
  json["open_incidents"] = report.open_incidents;
  json["lost"] = Json::object();
  for (const auto& [stage, count] : report.lost) json["lost"][visible_text(stage, Backslash::kKeep)] = count;
  if (report.is_about_client()) json["client_accesses"] = rows_of(report.client_accesses);
  if (!report.is_about_client()) {
    json["clauses"] = rows_of(report.clauses);
    json["purposes"] = rows_of(report.purposes);
    json["incidents"] = rows_of(report.incidents);
    json["disclosures"] = rows_of(report.disclosures);
    json["safeguards"] = rows_of(report.safeguards);
  }
  json["grants"] = rows_of(report.grants);
  json["happenings"] = rows_of(report.happenings);
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace purposewatch

#include "agent/report/report_builder.h"

#include <algorithm>

#include "agent/evidence/recorded_event.h"
#include "agent/report/clause_list.h"
#include "agent/report/record_text.h"
#include "exporters/terminal/json_path.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kSafeguardsMax = 100, kServicesMax = 10'000, kWordsMax = 20;

EvidenceCheck check_of(const LogReport& log, bool is_about_client) {
  EvidenceCheck check;
  check.segments = log.segments;
  check.bytes = log.bytes;
  check.first = log.first;
  check.last = log.last;
  check.signed_up_to = log.signed_up_to;
  check.checkpoints = log.checkpoints;
  check.keys = log.keys;
  check.blanked = log.blanked;
  check.problem_count = log.problem_count;
  check.remark_count = log.remarks.size();
  check.first_wall_ns = log.first_wall_ns;
  check.last_wall_ns = log.last_wall_ns;
  if (log.last > 0) {
    check.chain = to_hex(log.chain);
    check.first_key = to_hex(log.first_key);
  }
  if (is_about_client) return check;
  for (const LogProblem& problem : log.problems)
    if (check.problems.size() < kWordsMax)
      check.problems.push_back(shown_text(problem.segment + ": " + problem.what));
  for (const LogRemark& remark : log.remarks)
    if (check.remarks.size() < kWordsMax)
      check.remarks.push_back("record " + std::to_string(remark.sequence) + ": " + shown_text(remark.what));
  return check;
}

}  // namespace

ReportBuilder::ReportBuilder(ReportRequest request, const RuleSet* rules)
    : request_(std::move(request)),
      client_(visible_text(request_.client)),
      rules_(rules),
      incidents_(request_.remembered_max),
      grants_(client_, request_.remembered_max),
      purposes_(rules, kServicesMax),
      disclosures_(request_.remembered_max),
      safeguards_(kSafeguardsMax),
      happenings_(is_about_client() ? Wording::kNumbersOnly : Wording::kFull, request_.rows_max),
      client_accesses_(client_, request_.client_rows_max) {
  period_.since_ns = request_.since_ns;
  period_.until_ns = request_.until_ns;
  report_.clauses = clauses_of(rules);
}

void ReportBuilder::take(const ScannedRecord& record) {
  const Frame& frame = record.frame;
  if (frame.kind == RecordKind::kCheckpoint) return;
  const Json event = recorded_event(record);
  if (report_.host_id.empty()) {
    report_.host_name = text_in(event, {"host", "name"});
    report_.host_id = text_in(event, {"host", "id"});
  }
  if (is_about_client()) client_accesses_.note_names(event);
  const bool is_blank = record.open_state == ScannedRecord::Part::kBlank ||
                        record.personal_state == ScannedRecord::Part::kBlank;
  if (is_blank && period_.contains(frame.wall_ns)) ++report_.blanked_records;
  switch (frame.kind) {
    case RecordKind::kFinding:
      return take_finding(event, frame);
    case RecordKind::kGrant:
      return take_grant(event, frame);
    default:
      return take_own(event, frame);
  }
}

bool ReportBuilder::is_about_client(const Json& finding) const {
  const Json* client = value_at(finding, {"purposewatch", "client"});
  return client != nullptr && client->is_string() && client->get_ref<const std::string&>() == client_;
}

void ReportBuilder::take_finding(const Json& event, const Frame& frame) {
  if (!period_.contains(frame.wall_ns) || (is_about_client() && !is_about_client(event))) return;
  count(frame);
  const std::string verdict = text_in(event, {"purposewatch", "verdict"});
  const std::uint64_t accesses = std::max<std::uint64_t>(1, number_in(event, {"purposewatch", "count"}));
  ClauseReport* clause = clause_in(report_.clauses, text_in(event, {"purposewatch", "clause"}));
  grants_.take_finding(event);
  disclosures_.take_finding(event, frame.sequence, frame.wall_ns);
  if (is_about_client()) client_accesses_.take(event, frame.sequence, frame.wall_ns);
  if (verdict == "flagged") {
    report_.accesses.flagged += accesses;
    if (clause != nullptr) clause->accesses.flagged += accesses;
    incidents_.take_finding(event, frame.sequence, frame.wall_ns);
    return;
  }
  // A way out is no access to a store, and what is permitted needs no purpose of its own.
  const bool is_way_out = !destination_of(event).empty();
  if ((verdict != "granted" && verdict != "permitted") || is_way_out) return;
  (verdict == "granted" ? report_.accesses.granted : report_.accesses.permitted) += accesses;
  purposes_.take_finding(event);
}

void ReportBuilder::take_grant(const Json& event, const Frame& frame) {
  if (frame.wall_ns >= period_.until_ns) return;
  grants_.take_grant(event, frame.sequence, frame.wall_ns);
  if (period_.contains(frame.wall_ns) && !is_about_client()) count(frame);
}

void ReportBuilder::take_own(const Json& event, const Frame& frame) {
  const Json* text = value_at(event, {"purposewatch", std::string(name_of(frame.kind)).c_str()});
  if (text == nullptr || !text->is_object()) return;
  if (frame.kind == RecordKind::kReview) incidents_.take_review(*text, frame.wall_ns);
  if (frame.kind == RecordKind::kSafeguard && frame.wall_ns < period_.until_ns)
    safeguards_.take(*text, frame.wall_ns);
  if (frame.wall_ns < period_.until_ns) note_policy(*text, frame.kind);
  if (!period_.contains(frame.wall_ns)) return;
  if (!is_about_client()) count(frame);
  if (frame.kind == RecordKind::kSuppressed) purposes_.take_counts(*text);
  if (frame.kind != RecordKind::kReview && frame.kind != RecordKind::kSafeguard &&
      frame.kind != RecordKind::kSuppressed)
    happenings_.take(frame.kind, *text, frame.sequence, frame.wall_ns);
}

void ReportBuilder::note_policy(const Json& text, RecordKind kind) {
  const bool came_into_force =
      kind == RecordKind::kStart || (kind == RecordKind::kReload && text_in(text, {"outcome"}) == "success");
  if (!came_into_force || value_at(text, {"policy"}) == nullptr) return;
  report_.in_force = PolicyIdentity{.name = text_in(text, {"policy", "name"}),
                                    .version = text_in(text, {"policy", "version"}),
                                    .digest = text_in(text, {"policy", "digest"})};
}

void ReportBuilder::count(const Frame& frame) {
  ++report_.records;
  if (report_.period.first_ns == 0) report_.period.first_ns = frame.wall_ns;
  report_.period.first_ns = std::min(report_.period.first_ns, frame.wall_ns);
  report_.period.last_ns = std::max(report_.period.last_ns, frame.wall_ns);
}

Report ReportBuilder::finish(const LogReport& evidence) const {
  Report report = report_;
  report.client = client_;
  report.made_ns = request_.now_ns;
  report.period.since_ns = period_.since_ns;
  report.period.until_ns = period_.until_ns;
  if (rules_ != nullptr) report.policy = rules_->identity;
  if (report.host_id.empty()) report.host_id = shown_text(evidence.host_id);
  report.evidence = check_of(evidence, is_about_client());
  report.happenings = happenings_.list();
  report.lost = happenings_.lost();
  report.open_incidents = incidents_.open_count();
  is_about_client() ? finish_client(report) : finish_all(report);
  return report;
}

void ReportBuilder::finish_client(Report& report) const {
  report.clauses.clear();
  report.client_accesses = client_accesses_.list(incidents_, grants_);
  report.grants = client_accesses_.without_others(grants_.list(period_, request_.rows_max));
}

void ReportBuilder::finish_all(Report& report) const {
  report.incidents = incidents_.list(request_.rows_max);
  incidents_.count_by_clause(report.clauses);
  report.disclosures = disclosures_.list(request_.rows_max);
  report.grants = grants_.list(period_, request_.rows_max);
  report.purposes = purposes_.list(request_.rows_max);
  report.permitted_is_recorded = purposes_.has_counts();
  report.permitted_since_ns = purposes_.counted_since_ns();
  report.accesses.permitted = report.accesses.granted = 0;
  for (const PurposeUse& use : report.purposes) {
    report.accesses.permitted += use.permitted;
    report.accesses.granted += use.granted;
    if (ClauseReport* clause = clause_in(report.clauses, use.clause)) {
      clause->accesses.permitted += use.permitted;
      clause->accesses.granted += use.granted;
    }
  }
  for (GrantReport& grant : report.grants.rows) {
    for (const PurposeUse& use : report.purposes)
      if (grant.clause.empty() && use.purpose == grant.purpose) grant.clause = use.clause;
    if (ClauseReport* clause = clause_in(report.clauses, grant.clause)) ++clause->grants;
  }
  const std::int64_t from = period_.since_ns != 0 ? period_.since_ns : report.period.first_ns;
  const std::int64_t to = std::max(from, std::min(period_.until_ns, report.evidence.last_wall_ns));
  report.safeguards = safeguards_.list(from, to);
  for (const SafeguardReport& safeguard : report.safeguards.rows)
    if (ClauseReport* clause = clause_in(report.clauses, safeguard.clause))
      ++(safeguard.now() == SafeguardState::kOk         ? clause->safeguards_ok
         : safeguard.now() == SafeguardState::kViolated ? clause->safeguards_violated
                                                        : clause->safeguards_unknown);
}

}  // namespace purposewatch

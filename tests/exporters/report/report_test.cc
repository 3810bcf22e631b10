#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "exporters/report/report_html.h"
#include "exporters/report/report_json.h"
#include "exporters/report/summary.h"
#include "tests/exporters/golden_file.h"
#include "tests/exporters/report/sample_report.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return static_cast<std::size_t>(
      std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

// Texts that want to be more than text.
constexpr const char* kHostile =
    "<script>alert(1)</script>\"'&\xe2\x80\xae"
    "txt.exe\x01\xff\n";

Report hostile_report() {
  Report report = sample_report();
  const std::string hostile = kHostile;
  report.host_name = report.policy_error = report.policy->name = report.policy->version = hostile;
  report.in_force = PolicyIdentity{hostile, hostile, hostile};
  report.lost[hostile] = 1;
  report.evidence.problems = report.evidence.remarks = {hostile};
  report.evidence.problem_count = report.evidence.remark_count = 1;
  for (ClauseReport& clause : report.clauses)
    clause.id = clause.title = clause.promise = hostile, clause.protections = {hostile};
  for (PurposeUse& use : report.purposes) {
    use.purpose = use.clause = hostile;
    for (ServiceUse& one : use.by_service.rows) one.service = one.store = hostile;
  }
  for (IncidentReport& incident : report.incidents.rows) {
    incident.id = incident.store = incident.reason = incident.clause = hostile;
    incident.who = {.person = hostile, .acts_as = hostile, .program = hostile, .service = hostile};
    incident.review.disposition = incident.review.severity = incident.review.reference = incident.review.by =
        hostile;
  }
  for (GrantReport& grant : report.grants.rows) {
    grant.id = grant.who = grant.store = grant.purpose = grant.clause = grant.reference = grant.state =
        grant.why = hostile;
    grant.approved_by = grant.requested_by = grant.reviewed_by = hostile;
    grant.access = {hostile};
  }
  for (SafeguardReport& safeguard : report.safeguards.rows) {
    safeguard.name = safeguard.kind = safeguard.clause = hostile;
    for (SafeguardSpan& span : safeguard.spans) span.why = hostile;
  }
  for (Happening& happening : report.happenings.rows) happening.kind = happening.what = hostile;
  return report;
}

Report hostile_client_report() {
  Report report = sample_client_report();
  report.client = kHostile;
  for (ClientAccess& access : report.client_accesses.rows) {
    access.kind = access.store = access.place = access.verdict = access.reason = access.purpose = kHostile;
    access.clause = access.grant = access.reference = access.incident = kHostile;
    access.who = {.person = kHostile, .acts_as = kHostile, .program = kHostile, .service = kHostile};
  }
  return report;
}

TEST(ReportJson, IsAsItWas) {
  expect_golden("report.json", report_json(sample_report()));
  expect_golden("report_client.json", report_json(sample_client_report()));
}

TEST(ReportHtml, IsAsItWas) {
  expect_golden("report.html", report_html(sample_report()));
  expect_golden("report_client.html", report_html(sample_client_report()));
}

TEST(ReportHtml, LoadsNothingAndRunsNothing) {
  for (const Report& report :
       {sample_report(), sample_client_report(), hostile_report(), hostile_client_report()}) {
    const std::string html = report_html(report);
    EXPECT_THAT(html, HasSubstr("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
    EXPECT_EQ(count(html, "<script|javascript:|\\son[a-z]+=|https?://|src=|url\\(|@import|<iframe|<form"),
              0U);
    EXPECT_EQ(count(html, "href=\"(?!#|data:,\")"), 0U);
  }
}

TEST(ReportHtml, ShowsHostileTextAsText) {
  for (const Report& report : {hostile_report(), hostile_client_report()}) {
    const std::string html = report_html(report);
    EXPECT_THAT(
        html,
        HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u202etxt.exe\\x01\\xff\\x0a"));
    for (const char* raw : {"<script", "\xe2\x80\xae", "\x01", "\xff"})
      EXPECT_THAT(html, Not(HasSubstr(raw)));
    EXPECT_EQ(count(html, "<(table|section|article|details|div|ul|dl)[ >]"),
              count(html, "</(table|section|article|details|div|ul|dl)>"));
  }
}

TEST(ReportJson, OfHostileTextIsJsonInAscii) {
  for (const Report& report : {hostile_report(), hostile_client_report()}) {
    const std::string text = report_json(report);
    EXPECT_FALSE(json::parse(text, nullptr, false).is_discarded());
    EXPECT_TRUE(
        std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
  }
}

TEST(ReportHtml, OfAClientHasNoSectionAboutOthers) {
  const std::string html = report_html(sample_client_report());
  EXPECT_THAT(html, HasSubstr("<h1>Who touched the data of bob</h1>"));
  for (const char* id : {"clauses", "incidents", "purposes", "safeguards"})
    EXPECT_THAT(html, Not(HasSubstr("id=\"" + std::string(id) + "\"")));
}

TEST(ReportHtml, OfNothingSaysSo) {
  const std::string html = report_html(Report{});
  EXPECT_THAT(html, HasSubstr("None recorded in this time."));
  EXPECT_THAT(html, HasSubstr("Nothing was flagged."));
  EXPECT_THAT(html, HasSubstr("The evidence is empty."));
}

TEST(ReportHtml, FoldsLongListsAndSaysWhatIsNotListed) {
  Report report = sample_report();
  report.incidents.rows.assign(100, open_incident());
  report.incidents.more = 1'234;
  const std::string html = report_html(report);
  EXPECT_THAT(html, HasSubstr("Show 60 more"));
  EXPECT_THAT(html, HasSubstr("1,234 more incidents"));
}

TEST(ReportSummary, IsTheAnswer) {
  EXPECT_EQ(
      summary_of(sample_report()),
      "1,207 accesses had no purpose that the policy knows; 12 were made under a grant. 1 incident is open. "
      "The evidence is sound up to record 12,345. 5 events were lost on the way.");
  Report report;
  report.evidence = sound_evidence();
  EXPECT_EQ(summary_of(report),
            "No access went without a purpose. The evidence is sound up to record 12,345.");
  EXPECT_FALSE(needs_attention(report));
  report.evidence.problem_count = 1;
  EXPECT_THAT(summary_of(report), HasSubstr("not as it was written: 1 problem was found"));
  EXPECT_TRUE(needs_attention(report));
}

}  // namespace
}  // namespace purposewatch

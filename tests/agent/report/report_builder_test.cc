#include "agent/report/report_builder.h"

#include <gmock/gmock.h>

#include "agent/evidence/agent_records.h"
#include "agent/report/make_report.h"
#include "exporters/ndjson/event_json.h"
#include "exporters/ndjson/grant_event_json.h"
#include "exporters/report/report_html.h"
#include "exporters/report/report_json.h"
#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ReportBuilderTest : public testing::Test {
 protected:
  void SetUp() override { writer_ = *LogWriter::open(storage_, small_settings(), clock_.now()); }

  void record(RecordDraft draft) {
    ++clock_.seconds;
    draft.wall_ns = clock_.now().wall_ns;
    ASSERT_TRUE(writer_->commit(std::vector{draft}, LogWriter::Sync::kNow, clock_.now()));
  }
  void record(const Finding& finding) {
    RecordDraft draft;
    draft.retention = Retention::kFlagged;
    EventWriter().append_parts(draft.open, draft.personal, finding);
    record(draft);
  }
  void record(GrantEvent event) {
    RecordDraft draft;
    draft.kind = RecordKind::kGrant;
    event.wall_ns = clock_.now().wall_ns;
    append_grant_event_parts(draft.open, draft.personal, event);
    record(draft);
  }
  void record(RecordKind kind, const std::string& text) {
    RecordDraft draft = draft_of(text);
    draft.kind = kind;
    record(draft);
  }

  Report report(ReportRequest request = {}, const RuleSet* rules = nullptr) {
    auto made = make_report(storage_, request, rules, {});
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  Report about(const std::string& client) {
    ReportRequest request;
    request.client = client;
    return report(request);
  }

  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> writer_;
};

Finding of_client(const std::string& client, const std::string& incident = "0123456789abcdef") {
  Finding finding = with_path(flagged_read(), "/home/" + client + "/Maildir/cur/1");
  finding.verdict.client = client;
  finding.incident = incident;
  return finding;
}

Finding granted_read(const std::string& client) {
  Finding finding = of_client(client);
  finding.verdict.outcome = Outcome::kGranted;
  finding.verdict.reason = Reason::kNone;
  finding.verdict.purpose = "legal-process";
  finding.verdict.grant = "g-1";
  finding.incident.clear();
  return finding;
}

GrantEvent grant_event(GrantChange change, std::vector<std::string> clients) {
  GrantEvent event;
  event.change = change;
  event.grant.id = "g-1";
  event.grant.user = "dave";
  event.grant.store = "client-mail";
  event.grant.clients = std::move(clients);
  event.grant.access = mask_of(AccessKind::kRead);
  event.grant.purpose = "legal-process";
  event.grant.reference = "WARRANT-7";
  event.grant.approved_by = "carol";
  return event;
}

const ClauseReport& clause(const Report& report, const std::string& id) {
  return *std::find_if(report.clauses.begin(), report.clauses.end(),
                       [&](const auto& one) { return one.id == id; });
}

TEST_F(ReportBuilderTest, FlaggedFindingsOfOneIncidentAreOneAndStayOpenUntilReviewed) {
  Finding finding = of_client("bob");
  finding.count = 3;
  record(finding);
  record(of_client("eve"));
  record(of_client("bob", "fedcba9876543210"));
  record(
      RecordKind::kReview,
      R"({"incident": "fedcba9876543210", "change": "reviewed", "disposition": "mistake", "by": "carol"})");
  const Report made = report();
  EXPECT_EQ(made.accesses.flagged, 5U);
  ASSERT_EQ(made.incidents.rows.size(), 2U);
  EXPECT_EQ(made.incidents.rows[0].accesses, 4U);
  EXPECT_EQ(made.incidents.rows[0].clients, 2U);
  EXPECT_TRUE(made.incidents.rows[0].review.is_open);
  EXPECT_EQ(made.incidents.rows[0].who.person, "alice");
  EXPECT_EQ(made.incidents.rows[0].who.acts_as, "root");
  EXPECT_EQ(made.incidents.rows[1].review.disposition, "mistake");
  EXPECT_EQ(made.open_incidents, 1U);
  EXPECT_EQ(clause(made, "P7").open_incidents, 1U);
  EXPECT_EQ(clause(made, "P7").accesses.flagged, 5U);
}

TEST_F(ReportBuilderTest, WaysOutAreNoAccesses) {
  Finding finding = disclosed(Outcome::kPermitted);
  finding.verdict.client = "bob";
  record(finding);
  EXPECT_EQ(report().disclosures.rows.size(), 1U);
  EXPECT_EQ(report().accesses.permitted, 0U);
  EXPECT_EQ(about("bob").client_accesses.rows.at(0).to, "udp 192.0.2.53:53");
  EXPECT_TRUE(about("eve").client_accesses.rows.empty());
}

TEST_F(ReportBuilderTest, AnIncidentThatWasReopenedIsOpen) {
  record(of_client("bob"));
  record(RecordKind::kReview,
         R"({"incident": "0123456789abcdef", "change": "reviewed", "disposition": "test"})");
  record(RecordKind::kReview,
         R"({"incident": "0123456789abcdef", "change": "reopened", "severity": "page"})");
  const ReviewState review = report().incidents.rows.at(0).review;
  EXPECT_TRUE(review.is_open);
  EXPECT_EQ(review.severity, "page");
  EXPECT_EQ(review.disposition, "");
}

TEST_F(ReportBuilderTest, GrantsHaveTheirReferenceAndHowOftenTheyWereUsed) {
  record(grant_event(GrantChange::kGiven, {"bob", "eve"}));
  Finding used = granted_read("bob");
  used.count = 4;
  record(used);
  record(grant_event(GrantChange::kRevoked, {"bob", "eve"}));
  GrantEvent refused = grant_event(GrantChange::kRefused, {});
  refused.grant.id.clear();
  refused.why = "no store is called 'x'";
  record(refused);
  const Report made = report();
  ASSERT_EQ(made.grants.rows.size(), 2U);
  EXPECT_EQ(made.grants.rows[0].why, "no store is called 'x'");
  const GrantReport& grant = made.grants.rows[1];
  EXPECT_EQ(std::tie(grant.reference, grant.approved_by, grant.state, grant.clause),
            std::make_tuple(std::string("WARRANT-7"), std::string("carol"), std::string("revoked"),
                            std::string("P7")));
  EXPECT_EQ(grant.granted, 4U);
  EXPECT_EQ(grant.clients, 2U);
  EXPECT_GT(grant.ended_ns, grant.given_ns);
  EXPECT_EQ(clause(made, "P7").accesses.granted, 4U);
}

TEST_F(ReportBuilderTest, CountsOfWhatWasPermittedAreSummedByPurpose) {
  const std::string counts =
      R"({"accesses": [{"store": "client-mail", "service": "imap", "purpose": "requested-service", "access": "read", "count": 5},
                       {"store": "client-mail", "service": "imap", "purpose": "requested-service", "access": "list", "count": 2},
                       {"store": "logs", "service": "rotate", "purpose": "protect-from-loss", "access": "read", "count": 1}],
          "since": "2023-11-14T22:00:00.000000000Z"})";
  record(RecordKind::kSuppressed, counts);
  record(RecordKind::kSuppressed, counts);
  RuleSet rules;
  rules.purposes.resize(1);
  rules.purposes[0].name = "requested-service";
  rules.purposes[0].clause = "P4";
  const Report made = report({}, &rules);
  EXPECT_TRUE(made.permitted_is_recorded);
  EXPECT_EQ(made.accesses.permitted, 16U);
  EXPECT_EQ(clause(made, "P4").accesses.permitted, 14U);
  EXPECT_EQ(made.permitted_since_ns, 1'699'999'200'000'000'000);
}

TEST_F(ReportBuilderTest, SafeguardsKeepTheStateThatTheyHadBeforeTheTime) {
  record(RecordKind::kSafeguard,
         R"({"safeguard": "disk-healthy", "kind": "loss", "clause": "P3", "state": "ok", "why": ""})");
  clock_.seconds = 1'000;
  record(
      RecordKind::kSafeguard,
      R"({"safeguard": "disk-healthy", "kind": "loss", "clause": "P3", "state": "violated", "why": "12 bad sectors"})");
  clock_.seconds = 2'000;
  record(RecordKind::kStop, "{}");
  ReportRequest request;
  TestClock since{.seconds = 500};
  request.since_ns = since.now().wall_ns;
  const Report made = report(request);
  ASSERT_EQ(made.safeguards.rows.size(), 1U);
  const auto& spans = made.safeguards.rows[0].spans;
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].from_ns, request.since_ns);
  EXPECT_EQ(spans[0].to_ns, spans[1].from_ns);
  EXPECT_EQ(spans[0].state, SafeguardState::kOk);
  EXPECT_EQ(made.safeguards.rows[0].now(), SafeguardState::kViolated);
  EXPECT_EQ(clause(made, "P3").safeguards_violated, 1U);
}

TEST_F(ReportBuilderTest, TellsWhatTheAgentDidAndWhatWasLost) {
  record(start_record({.version = "0.1.0", .revision = "", .backend = "lsm", .policy = {"p", "1", "d1"}},
                      clock_.now()));
  record(reload_record({"p", "2", "d2"}, "", clock_.now()));
  record(reload_record({"p", "2", "d2"}, "policy.yaml:1:1: no", clock_.now()));
  record(*gap_record({}, {{.stage = "ring", .value = 3}}, clock_.now()));
  record(RecordKind::kGap, R"({"why": "disk full", "lost": {"flagged": 2}})");
  record(RecordKind::kTamper, R"({"what": "unpinned"})");
  record(RecordKind::kErasure, R"({"records": "1-2", "why": "asked for"})");
  record(stop_record(clock_.now()));
  const Report made = report();
  std::vector<std::string> words;
  for (const Happening& happening : made.happenings.rows) words.push_back(happening.what);
  EXPECT_THAT(words, ElementsAre(HasSubstr("0.1.0 began to watch by lsm, with policy p version 1 (d1)"),
                                 HasSubstr("version 2 (d2) came into force"),
                                 HasSubstr("refused: policy.yaml:1:1: no"), "3 events were lost: 3 at ring",
                                 HasSubstr("; the disk was full"), HasSubstr("unpinned"),
                                 "parts of 2 records were erased", HasSubstr("stopped")));
  ASSERT_TRUE(made.in_force);
  EXPECT_EQ(made.in_force->digest, "d2");
  EXPECT_THAT(made.lost, ElementsAre(testing::Pair("evidence", 2U), testing::Pair("ring", 3U)));
}

TEST_F(ReportBuilderTest, TheEvidenceIsVerified) {
  record(of_client("bob"));
  EXPECT_TRUE(report().evidence.is_sound());
  EXPECT_GT(report().evidence.last, 0U);
  for (auto& [name, inode] : storage_.names)
    if (name.ends_with(".evidence")) inode->bytes[inode->bytes.size() - 8] ^= 1;
  const Report made = report();
  EXPECT_FALSE(made.evidence.is_sound());
  EXPECT_FALSE(made.evidence.problems.empty());
}

TEST_F(ReportBuilderTest, RemembersNoMoreThanItMay) {
  ReportRequest request;
  request.rows_max = 2;
  request.remembered_max = 3;
  for (int i = 0; i < 10; ++i) {
    record(of_client("bob", "000000000000000" + std::to_string(i)));
    record(RecordKind::kStop, "{}");
    GrantEvent event = grant_event(GrantChange::kGiven, {});
    event.grant.id = "g-" + std::to_string(i);
    record(event);
  }
  const Report made = report(request);
  EXPECT_EQ(made.incidents.rows.size(), 2U);
  EXPECT_EQ(made.incidents.more, 8U);
  EXPECT_EQ(made.grants.rows.size(), 2U);
  EXPECT_EQ(made.grants.more, 8U);
  EXPECT_EQ(made.happenings.rows.size(), 2U);
  EXPECT_EQ(made.happenings.more, 8U);
  EXPECT_EQ(made.accesses.flagged, 10U);
}

TEST_F(ReportBuilderTest, OfARecordThatWasBlankedTellsWhatIsLeft) {
  record(draft_of("{}", "{}"));
  record(RecordKind::kFinding, "");
  record(RecordKind::kReview, "[1]");
  record(RecordKind::kSuppressed, R"({"accesses": [7, {"count": "x"}, {"purpose": 3, "count": -1}]})");
  record(RecordKind::kGap, R"({"stages": [1], "lost": "x"})");
  EXPECT_EQ(report().accesses.flagged, 0U);
}

// --- about one client ---

// Another client, in every place where a name may stand.
constexpr const char* kOther = "malvina";

Finding crowded(Finding finding) {
  Subject subject = *finding.subject;
  const std::string other = kOther;
  subject.user = subject.real_user = subject.login_user = subject.group = other;
  subject.uid = subject.euid = 1'007;
  subject.name = other;
  subject.executable = "/home/" + other + "/bin/reader";
  subject.unit = "php-fpm@" + other + ".service";
  subject.script = subject.script_path = "/usr/lib/cgi-bin/" + other + ".php";
  subject.args = {"cat", "/home/" + other + "/Maildir/cur/1", "--user=" + other};
  subject.tampered_by = "ptrace by 7 (/home/" + other + "/gdb)";
  subject.ancestors = {{4'700, 90'000'000'000, other, "/home/" + other + "/bin/bash"}};
  finding.subject = std::make_shared<const Subject>(subject);
  finding.verdict.captures = {{"reseller", other}};
  finding.access.path = "/srv/" + other + "/bob/Maildir/cur/1";
  finding.access.other_path = finding.access.accessed_through = "/home/" + other + "/stolen";
  return finding;
}

TEST_F(ReportBuilderTest, AboutAClientNothingOfAnotherIsTold) {
  const std::string other = kOther;
  record(start_record({.version = "1", .revision = "", .backend = "lsm", .policy = {"p", "1", "d1"}},
                      clock_.now()));
  record(crowded(of_client("bob")));
  record(crowded(granted_read("bob")));
  record(of_client(other, "fedcba9876543210"));
  GrantEvent event = grant_event(GrantChange::kGiven, {other, "bob"});
  event.grant.user = other;
  event.grant.reference = "complaint of Malvina about bob";
  event.grant.approved_by = event.grant.requested_by = event.by = other;
  event.why = other;
  record(event);
  GrantEvent theirs = grant_event(GrantChange::kGiven, {other});
  theirs.grant.id = "g-2";
  record(theirs);
  record(
      RecordKind::kReview,
      R"({"incident": "0123456789abcdef", "change": "reviewed", "disposition": "misuse", "reference": "T-1 of malvina", "by": "malvina"
})");
  record(reload_record({"p", "2", "d2"}, "/home/malvina/policy.yaml:1:1: no", clock_.now()));
  record(RecordKind::kGap, R"({"why": "malvina", "stages": {"malvina": 3}})");
  record(RecordKind::kTamper, R"({"what": "kill of malvina"})");
  record(RecordKind::kErasure, R"({"records": "1-2", "client": "malvina"})");
  record(RecordKind::kRemoval, R"({"segments": ["malvina"]})");
  record(RecordKind::kSafeguard,
         R"({"safeguard": "store-permissions", "state": "violated", "why": "/home/malvina is open"})");

  const Report made = about("bob");
  ASSERT_EQ(made.client_accesses.rows.size(), 2U);
  const ClientAccess& flagged = made.client_accesses.rows[0];
  EXPECT_EQ(flagged.place, "bob/Maildir/cur/1");
  EXPECT_EQ(flagged.reason, "unknown-service");
  EXPECT_EQ(flagged.review.disposition, "misuse");
  EXPECT_EQ(flagged.who.person, "somebody who is called like another client");
  EXPECT_EQ(made.client_accesses.rows[1].purpose, "legal-process");
  ASSERT_EQ(made.grants.rows.size(), 1U);
  EXPECT_EQ(made.grants.rows[0].id, "g-1");
  for (std::string text : {report_html(made), report_json(made)}) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    EXPECT_THAT(text, Not(HasSubstr(other)));
    EXPECT_THAT(text, HasSubstr("bob"));
  }
  EXPECT_THAT(report_json(about(other)), Not(HasSubstr("bob")));
}

TEST_F(ReportBuilderTest, AboutAClientStaffAndSystemAccountsAreNamed) {
  record(grant_event(GrantChange::kGiven, {"bob"}));
  record(of_client("bob"));
  record(granted_read("bob"));
  const Report made = about("bob");
  ASSERT_EQ(made.client_accesses.rows.size(), 2U);
  EXPECT_EQ(made.client_accesses.rows[0].who.person, "alice");
  EXPECT_EQ(made.client_accesses.rows[0].who.program, "/usr/bin/cat");
  EXPECT_EQ(made.client_accesses.rows[1].reference, "WARRANT-7");
  EXPECT_EQ(made.grants.rows.at(0).who, "dave");
  EXPECT_EQ(made.records, 2U);
}

TEST_F(ReportBuilderTest, AboutAClientRootIsRootThoughAnotherClientIsCalledSo) {
  Finding finding = of_client("bob");
  Subject subject = *finding.subject;
  subject.login_uid = kUnsetId;
  subject.login_user.clear();
  finding.subject = std::make_shared<const Subject>(subject);
  record(finding);
  record(of_client("root", "fedcba9876543210"));
  EXPECT_EQ(about("bob").client_accesses.rows.at(0).who.person, "root");
}

TEST_F(ReportBuilderTest, AClientIsNamedAsRecordsShowIt) {
  record(of_client("b\xff"));
  EXPECT_EQ(about("b\xff").client_accesses.rows.size(), 1U);
  EXPECT_EQ(about("b").client_accesses.rows.size(), 0U);
}

TEST(OtherClients, AreFoundInWordsOfTheirOwnAndInAnyCase) {
  OtherClients others("bob");
  others.note("bob");
  others.note("eve");
  others.note("example.org");
  for (const char* text : {"eve", "Eve", "/home/eve/x", "web-eve", "see www.example.org."})
    EXPECT_TRUE(others.may_be_named_in(text)) << text;
  for (const char* text : {"", "bob", "steven", "evening", "example-org"})
    EXPECT_FALSE(others.may_be_named_in(text)) << text;
}

TEST(OtherClients, WhenThereAreTooManyEveryTextMayNameOne) {
  OtherClients others("bob", 1);
  others.note("eve");
  EXPECT_FALSE(others.may_be_named_in("carol"));
  others.note("eve");
  EXPECT_FALSE(others.may_be_named_in("carol"));
  others.note("mallory");
  EXPECT_TRUE(others.may_be_named_in("carol"));
  EXPECT_FALSE(others.may_be_named_in("bob"));
}

}  // namespace
}  // namespace purposewatch

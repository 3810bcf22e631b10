#include "agent/cli/proposal.h"

#include <gmock/gmock.h>

#include "rules/language/policy.h"
#include "tests/exporters/event_lines.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;

const PolicyText kPolicy = {
    "p.yaml",
    "policy: {name: t, version: 1}\n"
    "classes: {mail: {clause: P2}}\n"
    "purposes: {serve: {clause: P4, classes: [mail]}}\n"
    "stores: {client-mail: {class: mail, paths: /m}, billing-db: {class: mail, paths: /b}}\n"
    "services: {imap: {exe: /imap}, learned-cat: {exe: /cat}}\n"
    "permits: [{service: [imap, learned-cat], store: [client-mail, billing-db], access: read, purpose: "
    "serve}]\n"};

class ProposalTest : public testing::Test {
 protected:
  ProposalTest() : policy_(check_policy({kPolicy}).rules), proposal_(*policy_) {}

  void add(const Finding& finding) { proposal_.add(event_of(finding)); }
  static Finding by(const std::string& executable, const std::string& client = "bob") {
    Finding finding = flagged_read();
    Subject subject = *finding.subject;
    subject.executable = executable;
    finding.subject = std::make_shared<const Subject>(subject);
    finding.verdict.client = client;
    return finding;
  }
  // What the checker says of the proposal, beside the policy.
  std::string complaint() const {
    for (const Diagnostic& one : check_policy({kPolicy, {"learned.yaml", proposal_.text()}}).diagnostics)
      if (one.severity == Diagnostic::Severity::kError) return to_string(one);
    return "";
  }

  std::shared_ptr<const RuleSet> policy_;
  Proposal proposal_;
};

TEST_F(ProposalTest, NamesServicesAndLeavesThePurposesToAPerson) {
  Finding first = by("/usr/bin/restic");
  add(first);
  first.wall_ns += 60'000'000'000;
  first.count = 40;
  first.access.kind = AccessKind::kList;
  first.verdict.client = "alice";
  add(first);
  EXPECT_EQ(proposal_.accesses(), 41U);
  const std::string text = proposal_.text();
  EXPECT_THAT(text, HasSubstr("from 41 flagged accesses."));
  EXPECT_THAT(
      text,
      HasSubstr("  # 41 accesses, 2025-11-23T15:39:05Z to 2025-11-23T15:40:05Z\n"
                "  learned-restic: {exe: \"/usr/bin/restic\", user: \"root\", unit: \"session-3.scope\"}\n"));
  EXPECT_THAT(text, HasSubstr("#  - {service: learned-restic, store: client-mail, access: [read, list], "
                              "purpose: }    # 41 accesses, "
                              "2025-11-23T15:39:05Z to 2025-11-23T15:40:05Z, 2 clients: alice, bob\n"));
  EXPECT_EQ(complaint(), "");
}

TEST_F(ProposalTest, OfAServiceThatLacksAPermitIsThatPermit) {
  Finding finding = by("/imap");
  finding.verdict.reason = Reason::kAccessKind;
  finding.verdict.service = "imap";
  finding.access.kind = AccessKind::kWrite;
  add(finding);
  EXPECT_THAT(proposal_.text(),
              HasSubstr("#  - {service: imap, store: client-mail, access: [write], purpose: }"));
  EXPECT_THAT(proposal_.text(), HasSubstr("services: {}\n"));
  EXPECT_EQ(complaint(), "");
}

TEST_F(ProposalTest, GivesNamesThatAreFree) {
  add(by("/usr/bin/cat"));
  add(by("/opt/cat"));
  add(by("/opt/Foo Bar_1.2"));
  add(by("/opt/---"));
  EXPECT_THAT(proposal_.text(), HasSubstr("learned-cat-2: "));
  EXPECT_THAT(proposal_.text(), HasSubstr("learned-cat-3: "));
  EXPECT_THAT(proposal_.text(), HasSubstr("learned-foo-bar-1-2: "));
  EXPECT_THAT(proposal_.text(), HasSubstr("learned-program: "));
  EXPECT_EQ(complaint(), "");
}

// Names of programs, clients, users and units are whatever somebody made them.
TEST_F(ProposalTest, IsSoundWhateverWasSeen) {
  for (const char* hostile : {"/tmp/x\n  root: {user: root}", "/tmp/\"}\n", "/tmp/*", "/tmp/{client}",
                              "/tmp/\xff", "", "/memfd:x (deleted)", "relative", "/tmp/# x", "/tmp/a: b"}) {
    Finding finding = by(hostile, std::string("c\n# x\x1b") + hostile);
    Subject subject = *finding.subject;
    subject.user = "u\"\n";
    subject.unit = "a\".service\n";
    finding.subject = std::make_shared<const Subject>(subject);
    add(finding);
  }
  EXPECT_EQ(complaint(), "");
  EXPECT_THAT(proposal_.text(), HasSubstr("# left out, since no policy can name it: /tmp/*"));
  EXPECT_THAT(proposal_.text(), HasSubstr("a program without a file"));
  EXPECT_THAT(proposal_.text(), Not(HasSubstr("\x1b")));
}

TEST_F(ProposalTest, LearnsNothingFromWhatIsNotFlagged) {
  add(permitted_read());
  proposal_.add(nlohmann::json::parse(R"({"event": {"action": "grant-given"}})"));
  proposal_.add(nlohmann::json::parse(R"({"purposewatch": {"verdict": 7}, "event": []})"));
  EXPECT_EQ(proposal_.accesses(), 0U);
  EXPECT_EQ(proposal_.text(), "# Proposed by `purposewatch learn` from 0 flagged accesses.\nservices: {}\n");
  EXPECT_EQ(complaint(), "");
}

}  // namespace
}  // namespace purposewatch

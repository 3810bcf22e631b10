// What the agent says of itself, of its policy and of what people still have to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/safeguards/checks.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using enum SafeguardState;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;

class AgentIntegrity : public testing::Test {
 protected:
  AgentIntegrity() {
    host_.file(kProgram, "program");
    host_.file(kUnit, "unit");
    host_.link("/proc/self/exe", kProgram);
    // md5sum(1) of "program" and "unit".
    host_.file("/var/lib/dpkg/info/purposewatch.md5sums",
               "a9c449d4fa44e9e5a41c574ae55ce4d9  usr/sbin/purposewatch\n"
               "0b20a7fa6a0a2b2c0e2a2b9b8a5a5f5c  usr/share/doc/purposewatch/copyright\n"
               "3e34bdebd9bd5edda27e8728904a2552  lib/systemd/system/purposewatch.service\n");
  }
  SafeguardResult check() const {
    return check_agent_integrity(host_.promised("agent-integrity"), host_.view);
  }

  static constexpr const char* kProgram = "/usr/sbin/purposewatch";
  static constexpr const char* kUnit = "/lib/systemd/system/purposewatch.service";
  FakeHost host_{"", "safeguards: {agent-integrity: {}}\n"};
};

TEST_F(AgentIntegrity, IsOkWhenBothAreAsInstalled) {
  EXPECT_EQ(check(), is_ok("2 files as they were installed"));
}

TEST_F(AgentIntegrity, IsViolatedWhenOneIsOther) {
  host_.file(kUnit, "unit ");
  EXPECT_EQ(check().state, kViolated);
  EXPECT_EQ(check().why, std::string(kUnit) + " is not as it was installed");
  EXPECT_THAT(check().remedy, HasSubstr("--reinstall purposewatch"));
  host_.file(kProgram, "");
  EXPECT_THAT(check().why, HasSubstr("/usr/sbin/purposewatch is not as it was installed, "));
}

TEST_F(AgentIntegrity, IsViolatedWhenAFileIsGone) {
  host_.remove(kUnit);
  EXPECT_EQ(check().why, std::string(kUnit) + " is gone");
}

TEST_F(AgentIntegrity, KnowsMergedDirectories) {
  host_.file("/var/lib/dpkg/info/purposewatch.md5sums",
             "a9c449d4fa44e9e5a41c574ae55ce4d9  sbin/purposewatch\n"
             "3e34bdebd9bd5edda27e8728904a2552  usr/lib/systemd/system/purposewatch.service\n");
  EXPECT_EQ(check().state, kOk);
}

TEST_F(AgentIntegrity, IsViolatedWhenTheProgramWasReplaced) {
  host_.remove("/proc/self/exe");
  host_.link("/proc/self/exe", "/usr/sbin/purposewatch (deleted)");
  EXPECT_EQ(check().why, "/usr/sbin/purposewatch was replaced since it was started");
  EXPECT_THAT(check().remedy, HasSubstr("systemctl restart purposewatch"));
}

TEST_F(AgentIntegrity, IsViolatedWhenTheUnitIsMasked) {
  host_.directory("/etc/systemd/system");
  std::filesystem::create_symlink("/dev/null", host_.view.root + "/etc/systemd/system/purposewatch.service");
  EXPECT_EQ(check().state, kViolated);
  EXPECT_THAT(check().remedy, HasSubstr("systemctl unmask purposewatch"));
  host_.remove("/etc/systemd/system/purposewatch.service");
  host_.file("/run/systemd/system/purposewatch.service", "");
  EXPECT_THAT(check().why, HasSubstr("/run/systemd/system/purposewatch.service masks the unit"));
}

TEST_F(AgentIntegrity, NamesTheSettingsOfThisHost) {
  host_.file("/etc/systemd/system/purposewatch.service.d/override.conf", "[Service]\n");
  host_.file("/etc/systemd/system/purposewatch.service.d/README", "");
  EXPECT_EQ(check(), is_ok("2 files as they were installed; with settings of this host: "
                           "/etc/systemd/system/purposewatch.service.d/override.conf"));
}

TEST_F(AgentIntegrity, IsUnknownWhereNoPackageIs) {
  host_.remove("/proc/self/exe");
  host_.link("/proc/self/exe", "/usr/local/sbin/purposewatch");
  host_.file("/usr/local/sbin/purposewatch", "program");
  EXPECT_EQ(check().state, kUnknown);
  EXPECT_EQ(check().why, "/usr/local/sbin/purposewatch is from no package");
  host_.remove("/var/lib/dpkg");
  EXPECT_EQ(check().why, "dpkg knows no package purposewatch");
  host_.remove("/proc");
  EXPECT_EQ(check().state, kUnknown);
}

TEST_F(AgentIntegrity, IsUnknownOfWhatCannotBeRead) {
  host_.remove(kUnit);
  ASSERT_EQ(mkfifo((host_.view.root + kUnit).c_str(), 0600), 0);
  EXPECT_EQ(check().why, std::string(kUnit) + " cannot be read");
}

TEST_F(AgentIntegrity, OfDigestsThatAreNoneIsUnknown) {
  for (const std::string& text : {std::string(), std::string("\n\n"), std::string(100, 'a'),
                                  std::string("short  usr/sbin/purposewatch\n"), std::string("\xff\0x", 3)}) {
    host_.file("/var/lib/dpkg/info/purposewatch.md5sums", text);
    EXPECT_EQ(check().state, kUnknown) << text;
  }
}

TEST(AgentIntegrityOfNamedFiles, ComparesThese) {
  FakeHost host("", "safeguards: {agent-integrity: {files: [/usr/share/x]}}\n");
  host.file("/usr/share/x", "unit");
  host.file("/var/lib/dpkg/info/purposewatch.md5sums", "3e34bdebd9bd5edda27e8728904a2552  usr/share/x\n");
  EXPECT_EQ(check_agent_integrity(host.promised("agent-integrity"), host.view),
            is_ok("1 files as they were installed"));
}

TEST(AgentIntegrityOfThisHost, IsLookedAtWithoutACrash) {
  FakeHost host("", "safeguards: {agent-integrity: {}}\n");
  host.view.root = "";
  check_agent_integrity(host.promised("agent-integrity"), host.view);
}

class AgentFactsOf : public testing::Test {
 protected:
  SafeguardResult check(const char* name, CheckSafeguard look) const {
    return look(host_.promised(name), host_.view);
  }

  FakeHost host_{
      "a: {class: mail, paths: /srv}",
      "purposes: {repair: {clause: P3, classes: all, requires: grant, max-duration: 2d, two-person: true},"
      " other: {clause: P3, classes: all}}\n"
      "safeguards: {metrics-protected: {}, sensor-alive: {}, time-synchronised: {}, policy-reviewed: {},"
      " policy-tests-pass: {}, grants-in-order: {}, break-glass-reviewed: {}, incidents-reviewed: {}}\n"};
};

class MetricsProtected : public AgentFactsOf {
 protected:
  SafeguardResult with(const std::vector<AgentFacts::Listener>& listeners) {
    host_.view.agent.listeners = listeners;
    return check("metrics-protected", check_metrics_protected);
  }
};

TEST_F(MetricsProtected, AreOkAtLoopbackAndWithBoth) {
  EXPECT_EQ(with({{"127.0.0.1:9807", true, false, false}}), is_ok("they are served to this host alone"));
  EXPECT_EQ(with({{"0.0.0.0:9807", false, true, true}}).state, kOk);
}

TEST_F(MetricsProtected, AreViolatedWhenOneIsMissing) {
  EXPECT_EQ(with({{"127.0.0.1:9807", true, false, false}, {"[::]:9807", false, false, false}}).why,
            "[::]:9807 is not encrypted and asks nobody who they are");
  EXPECT_EQ(with({{"x:1", false, false, true}}).why, "x:1 is not encrypted");
  EXPECT_EQ(with({{"x:1", false, true, false}}).why, "x:1 asks nobody who they are");
  EXPECT_THAT(with({{"x:1", false, true, false}}).remedy, HasSubstr("--web.config.file"));
}

TEST_F(MetricsProtected, AreUnknownWhenNoneAreServed) {
  EXPECT_EQ(with({}).state, kUnknown);
}

TEST_F(AgentFactsOf, ASensorThatSeesEverythingAreOk) {
  host_.view.agent.sees_everything = true;
  EXPECT_EQ(check("sensor-alive", check_sensor_alive).state, kOk);
  host_.view.agent.sees_everything = false;
  EXPECT_EQ(check("sensor-alive", check_sensor_alive).why, "not every access is seen");
  host_.view.agent.why_not = "3 records were lost";
  EXPECT_EQ(check("sensor-alive", check_sensor_alive).state, kViolated);
  EXPECT_EQ(check("sensor-alive", check_sensor_alive).why, "3 records were lost");
}

TEST_F(AgentFactsOf, AClockAreWhatTheKernelSays) {
  EXPECT_EQ(check("time-synchronised", check_time_synchronised).state, kUnknown);
  host_.view.calls.clock_is_synchronised = [] { return std::optional(true); };
  EXPECT_EQ(check("time-synchronised", check_time_synchronised).state, kOk);
  host_.view.calls.clock_is_synchronised = [] { return std::optional(false); };
  EXPECT_EQ(check("time-synchronised", check_time_synchronised).state, kViolated);
}

TEST_F(AgentFactsOf, APolicyAreReviewedThroughItsLastDay) {
  const auto check_by = [&](const std::string& day) {
    RuleSet rules = *host_.view.rules;
    rules.review_by = day;
    host_.view.rules = std::make_shared<const RuleSet>(rules);
    return check("policy-reviewed", check_policy_reviewed);
  };
  EXPECT_EQ(check("policy-reviewed", check_policy_reviewed).why, "the policy has no review-by");
  // 2027-01-15 08:00 UTC.
  EXPECT_EQ(check_by("2027-01-15"), is_ok("to be reviewed by 2027-01-15"));
  EXPECT_EQ(check_by("2027-01-14").state, kViolated);
  EXPECT_THAT(check_by("2027-01-14").remedy, HasSubstr("systemctl reload purposewatch"));
  host_.view.wall_ns += 16 * kHour - 1;
  EXPECT_EQ(check_by("2027-01-15").state, kOk);
  host_.view.wall_ns += 1;
  EXPECT_EQ(check_by("2027-01-15").state, kViolated);
  host_.view.wall_ns = -kDay;
  EXPECT_EQ(check_by("1970-01-01").state, kOk);
}

TEST(PolicyTestsPass, OrTheFirstThatFailsIsNamed) {
  FakeHost host(
      "a: {class: mail, paths: /srv/a}",
      "safeguards: {policy-tests-pass: {}}\n"
      "tests:\n"
      "  - {who: {exe: /usr/bin/cat, user: root}, access: read, path: /srv/a/1, expect: flagged}\n");
  const auto check = [&] { return check_policy_tests_pass(host.promised("policy-tests-pass"), host.view); };
  EXPECT_EQ(check(), is_ok("1 tests pass")) << host.problems;
  RuleSet rules = *host.view.rules;
  rules.tests.push_back(rules.tests.front());
  rules.tests.back().expect = Outcome::kPermitted;
  rules.tests.push_back(rules.tests.back());
  host.view.rules = std::make_shared<const RuleSet>(rules);
  EXPECT_EQ(check().state, kViolated);
  EXPECT_THAT(check().why, HasSubstr("2 of 3 tests fail, first p.yaml:"));
  EXPECT_THAT(check().why, HasSubstr("expect is flagged, not permitted"));
}

TEST_F(AgentFactsOf, APolicyWithoutTestsAreUnknown) {
  EXPECT_EQ(check("policy-tests-pass", check_policy_tests_pass).why, "the policy has no tests");
}

class GrantsInOrder : public AgentFactsOf {
 protected:
  Grant grant() const {
    Grant grant;
    grant.id = "g-000000000001";
    grant.user = "alice";
    grant.store = "a";
    grant.purpose = "repair";
    grant.reference = "TICKET-1";
    grant.approved_by = "carol";
    grant.requested_by = "bob";
    grant.given_wall_ns = host_.view.wall_ns - kHour;
    grant.expires_wall_ns = grant.given_wall_ns + 2 * kDay;
    return grant;
  }
  SafeguardResult of(const Grant& grant) {
    host_.view.agent.grants = {grant};
    return check("grants-in-order", check_grants_in_order);
  }
  void expect_wrong(const Grant& grant, const std::string& what) {
    const SafeguardResult result = of(grant);
    EXPECT_EQ(result.state, kViolated) << what;
    EXPECT_EQ(result.why, "g-000000000001 " + what);
    EXPECT_THAT(result.remedy, HasSubstr("purposewatch revoke"));
  }
};

TEST_F(GrantsInOrder, AreOkWithoutAny) {
  EXPECT_EQ(check("grants-in-order", check_grants_in_order), is_ok("no grants"));
}

TEST_F(GrantsInOrder, AreOkWithAllThatIsNeeded) {
  EXPECT_EQ(of(grant()), is_ok("1 grants, all in order"));
}

TEST_F(GrantsInOrder, NeedAReferenceAnApproverAndAnEnd) {
  Grant wrong = grant();
  wrong.reference = "";
  expect_wrong(wrong, "has no reference");
  wrong = grant();
  wrong.approved_by = "";
  expect_wrong(wrong, "was approved by nobody");
  wrong = grant();
  wrong.expires_wall_ns += kSecond;
  expect_wrong(wrong, "lasts 172801s, and repair 2d at most");
  wrong.purpose = "other";
  EXPECT_EQ(of(wrong).state, kOk) << "which has no limit";
  wrong.purpose = "gone";
  expect_wrong(wrong, "its purpose 'gone' is none of the policy's");
}

TEST_F(GrantsInOrder, OfTwoPersonsAreApprovedByAThird) {
  Grant wrong = grant();
  for (const char* who : {"alice", "bob"}) {
    wrong.approved_by = who;
    expect_wrong(wrong, "was approved by who asked for it or has it");
  }
}

TEST_F(GrantsInOrder, AreOverWhenTheyShouldBe) {
  Grant late = grant();
  late.given_wall_ns = host_.view.wall_ns - kDay;
  late.expires_wall_ns = host_.view.wall_ns - kHour;
  EXPECT_EQ(of(late).state, kOk);
  late.expires_wall_ns -= kSecond;
  expect_wrong(late, "should have ended");
}

TEST_F(GrantsInOrder, AreInOrderWithoutAnApproverWhenTheyBreakTheGlass) {
  Grant glass = grant();
  glass.is_break_glass = true;
  glass.approved_by = "";
  glass.given_wall_ns = 0;
  glass.expires_wall_ns = kHour;
  EXPECT_EQ(of(glass).state, kOk) << "though it has long ended";
}

TEST_F(GrantsInOrder, BreakTheGlassForSoLongWithoutAReview) {
  Grant glass = grant();
  const auto check_glass = [&] {
    host_.view.agent.grants = {grant(), glass};
    return check("break-glass-reviewed", check_break_glass_reviewed);
  };
  EXPECT_EQ(check_glass(), is_ok("none waits for a review"));
  glass.is_break_glass = true;
  EXPECT_EQ(check_glass(), is_ok("1 not yet reviewed, none for more than 1d"));
  glass.given_wall_ns = host_.view.wall_ns - kDay;
  EXPECT_EQ(check_glass().state, kOk);
  glass.given_wall_ns -= kSecond;
  EXPECT_EQ(check_glass().state, kViolated);
  EXPECT_EQ(check_glass().why, "not reviewed within 1d: g-000000000001");
  EXPECT_THAT(check_glass().remedy, HasSubstr("purposewatch review"));
  glass.reviewed_by = "dave";
  EXPECT_EQ(check_glass().state, kOk);
}

TEST_F(AgentFactsOf, IncidentsAreReviewedInTime) {
  const auto check_incidents = [&] { return check("incidents-reviewed", check_incidents_reviewed); };
  EXPECT_EQ(check_incidents(), is_ok("none is open"));
  const std::int64_t now = host_.view.wall_ns;
  host_.view.agent.incidents = {{"i-1", now - kDay}, {"i-2", now + kDay}};
  EXPECT_EQ(check_incidents(), is_ok("2 open, none for more than 7d"));
  host_.view.agent.incidents = {{"i-1", now - 8 * kDay}, {"i-2", now - 9 * kDay}, {"i-3", now - kDay}};
  EXPECT_EQ(check_incidents().state, kViolated);
  EXPECT_EQ(check_incidents().why, "2 open for more than 7d, the oldest is i-2");
  EXPECT_THAT(check_incidents().remedy, HasSubstr("purposewatch review"));
}

TEST(SensorAlive, IsNotWhenTheAgentIsStuck) {
  FakeHost host("", "safeguards: {sensor-alive: {}}\n");
  host.view.agent.sees_everything = true;
  EXPECT_EQ(check_sensor_alive(host.promised("sensor-alive"), host.view).state, SafeguardState::kOk);
  host.view.facts_age = std::chrono::seconds(31);
  EXPECT_EQ(check_sensor_alive(host.promised("sensor-alive"), host.view).state, SafeguardState::kViolated);
}

}  // namespace
}  // namespace purposewatch

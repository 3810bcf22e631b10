#include "rules/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/explanation.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 24 * 3600;
constexpr std::int64_t kBootedAt = 1'800'000'000 / kDay * kDay * kSecond;  // at midnight

class LimitsTest : public testing::Test {
 protected:
  LimitsTest()
      : rules_(check_policy(
                   {{"p.yaml",
                     "policy: {name: t, version: 1}\n"
                     "classes: {communications: {clause: P2}}\n"
                     "purposes:\n"
                     "  keep: {clause: P3, classes: [communications]}\n"
                     "  abuse: {clause: P8, classes: [communications], requires: grant, limit: {clients: 3, "
                     "days: 2, "
                     "per: 30d}}\n"
                     "stores: {mail: {class: communications, paths: '/m/{client}'}, queue: {class: "
                     "communications, paths: /q}}\n"
                     "services: {backup: {exe: /rsync}, export: {exe: /export}}\n"
                     "permits:\n"
                     "  - {service: backup, store: [mail, queue], access: [read, list], purpose: keep,\n"
                     "     limit: {clients: 2, per: 1h}}\n"
                     "  - {service: export, store: mail, access: read, purpose: keep, limit: {accesses: 5, "
                     "per: 10s}}\n"}})
                   .rules) {
    grant_.id = "g";
    grant_.user = "alice";
    grant_.store = "mail";
    grant_.access = 0xffff;
    grant_.purpose = "abuse";
    grant_.expires_boot_ns = ~0ULL;
  }

  static Subject who(const std::string& program, const std::string& login = "") {
    Subject subject;
    subject.program = program;
    subject.user = "root";
    if (!login.empty()) {
      subject.login_uid = 1000;
      subject.login_user = login;
    }
    return subject;
  }

  // So many seconds after the boot.
  std::string at(std::int64_t seconds, const Subject& subject, const std::string& path,
                 std::uint64_t count = 1, AccessKind kind = AccessKind::kRead) {
    Access access;
    access.kind = kind;
    access.path = path;
    const Grants grants({grant_});
    const Now now{kBootedAt + seconds * kSecond, static_cast<std::uint64_t>(seconds * kSecond), &grants};
    const Verdict judged = judge(*rules_, access, subject, now);
    const Verdict got = limits_.apply(*rules_, access, subject, now, judged, count);
    return got.outcome == Outcome::kFlagged ? std::string(name_of(got.reason)) + " " + got.clause
                                            : std::string(name_of(got.outcome));
  }

  std::shared_ptr<const RuleSet> rules_;
  Grant grant_;
  Limits limits_;
};

TEST_F(LimitsTest, CountDistinctClientsExactly) {
  const Subject backup = who("/rsync");
  EXPECT_EQ(at(0, backup, "/m/al/1"), "permitted");
  EXPECT_EQ(at(1, backup, "/m/bo/1"), "permitted");
  EXPECT_EQ(at(2, backup, "/m/al/2", 1000), "permitted");
  EXPECT_EQ(at(3, backup, "/m/cy/1"), "over-limit P7");
  EXPECT_EQ(at(3, backup, "/m/cy/1", 1, AccessKind::kList), "over-limit P7") << "each access to one too many";
  EXPECT_EQ(at(4, backup, "/m/bo/2"), "permitted") << "those that were allowed stay so";
}

TEST_F(LimitsTest, SlideWithTheTime) {
  const Subject backup = who("/rsync");
  at(0, backup, "/m/al/1");
  at(1000, backup, "/m/bo/1");
  EXPECT_EQ(at(3599, backup, "/m/cy/1"), "over-limit P7");
  EXPECT_EQ(at(3600, backup, "/m/cy/1"), "permitted") << "al is an hour ago";
  EXPECT_EQ(at(3601, backup, "/m/al/1"), "over-limit P7");
  EXPECT_EQ(at(3602, backup, "/m/bo/1"), "permitted") << "and begins again";
  EXPECT_EQ(at(4601, backup, "/m/di/1"), "over-limit P7");
  EXPECT_EQ(at(7200, backup, "/m/di/1"), "permitted");
}

TEST_F(LimitsTest, HoldForAPermitAsItIsWritten) {
  const Subject backup = who("/rsync");
  at(0, backup, "/m/al/1");
  EXPECT_EQ(at(1, backup, "/q/1"), "permitted");
  EXPECT_EQ(at(2, backup, "/q/2"), "permitted") << "a store without clients is as one";
  EXPECT_EQ(at(3, backup, "/m/bo/1"), "over-limit P7") << "for both its stores together";
}

TEST_F(LimitsTest, AreForEachPersonAndForTheServiceByItself) {
  at(0, who("/rsync"), "/m/al/1");
  at(1, who("/rsync"), "/m/bo/1");
  EXPECT_EQ(at(2, who("/rsync", "dave"), "/m/cy/1"), "permitted");
  EXPECT_EQ(at(3, who("/rsync", "dave"), "/m/di/1"), "permitted");
  EXPECT_EQ(at(4, who("/rsync", "dave"), "/m/ed/1"), "over-limit P7");
  EXPECT_EQ(at(5, who("/rsync", "erin"), "/m/ed/1"), "permitted");
  EXPECT_EQ(at(6, who("/rsync"), "/m/cy/1"), "over-limit P7");
}

TEST_F(LimitsTest, CountAccessesTogetherWithThoseThatWereFolded) {
  const Subject exporter = who("/export");
  EXPECT_EQ(at(0, exporter, "/m/al/1", 3), "permitted");
  EXPECT_EQ(at(1, exporter, "/m/al/1", 3), "over-limit P7");
  EXPECT_EQ(at(2, exporter, "/m/al/1", 2), "permitted") << "what was flagged did not count";
  EXPECT_EQ(at(10, exporter, "/m/al/1"), "over-limit P7");
  EXPECT_EQ(at(11, exporter, "/m/al/1", 3), "permitted") << "the first three are ten seconds ago";
  EXPECT_EQ(at(12, exporter, "/m/al/1"), "over-limit P7");
  EXPECT_EQ(at(13, exporter, "/m/al/1", 2), "permitted");
}

// P8: a person who may look into abuse, but returns day after day.
TEST_F(LimitsTest, OfAPurposeHoldOverAllGrantsOfAPerson) {
  const Subject alice = who("/cat", "alice");
  EXPECT_EQ(at(0, alice, "/m/al/1"), "granted");
  EXPECT_EQ(at(10, alice, "/m/al/1"), "granted");
  grant_.id = "another";
  EXPECT_EQ(at(kDay, alice, "/m/al/1"), "granted");
  EXPECT_EQ(at(2 * kDay, alice, "/m/al/1"), "over-limit P8") << "a third day";
  EXPECT_EQ(at(kDay + 30 * kDay, alice, "/m/al/1"), "granted") << "a month later";
  grant_.user = "bob";
  const Subject bob = who("/cat", "bob");
  for (const char* path : {"/m/al/1", "/m/bo/1", "/m/cy/1"}) EXPECT_EQ(at(0, bob, path), "granted");
  EXPECT_EQ(at(0, bob, "/m/di/1"), "over-limit P8") << "a fourth mailbox";
}

TEST_F(LimitsTest, GoOnWithTheNextAgentAndOverAReboot) {
  at(0, who("/rsync"), "/m/al/1");
  at(1800, who("/rsync"), "/m/\xff\x01/1");
  at(0, who("/export"), "/m/al/1", 5);
  at(kDay, who("/cat", "alice"), "/m/al/1");
  at(2 * kDay, who("/cat", "alice"), "/m/al/1");
  EXPECT_TRUE(limits_.has_changed());
  EXPECT_FALSE(limits_.has_changed());
  const auto kept = limits_.counted(kBootedAt);
  limits_ = {};
  // Booted anew, 1000 s of boot time being where 2000 s were.
  limits_.restore(kept, kBootedAt + 1000 * kSecond);
  EXPECT_THAT(limits_.counted(kBootedAt + 1000 * kSecond), testing::SizeIs(3));
  EXPECT_EQ(at(1000, who("/rsync"), "/m/cy/1"), "over-limit P7");
  EXPECT_EQ(at(2600, who("/rsync"), "/m/cy/1"), "permitted") << "al was an hour ago then";
  EXPECT_EQ(at(3 * kDay, who("/cat", "alice"), "/m/al/1"), "over-limit P8");
}

TEST_F(LimitsTest, LeaveAloneWhatHasNone) {
  EXPECT_EQ(at(0, who("/nobody"), "/m/al/1"), "unknown-service P7");
  EXPECT_EQ(at(0, who("/nobody"), "/elsewhere"), "no-store");
  EXPECT_FALSE(limits_.has_changed());
}

TEST_F(LimitsTest, AreExplained) {
  Access access;
  access.path = "/m/al/1";
  EXPECT_THAT(explain(*rules_, access, who("/rsync"), 0).services.at(0).permits,
              ElementsAre("backup/mail/keep: may read, list for keep (P3), at most 2 clients in 1h"));
}

TEST(LimitsOfPolicies, ThatAreWrongAreToldAtTheirPlace) {
  EXPECT_THAT(
      complaints(
          "policy: {name: t, version: 1}\n"
          "classes: {mail: {clause: P2}}\n"
          "purposes:\n"
          "  keep: {clause: P3, classes: [mail], limit: {days: 3, per: 1d}}\n"
          "  abuse: {clause: P8, classes: [mail], requires: grant, limit: {per: 1d}}\n"
          "stores: {mail: {class: mail, paths: '/m/{client}'}}\n"
          "services: {s: {exe: /s}}\n"
          "permits:\n"
          "  - {service: s, store: mail, access: read, purpose: keep, limit: {days: 0, clients: 01}}\n"),
      ElementsAre("p.yaml:4:46: error: purpose 'keep' has a limit, but requires no grant: the limits of "
                  "permits are theirs",
                  "p.yaml:5:57: error: a limit needs 'clients', 'accesses' or 'days'",
                  "p.yaml:9:60: error: a limit needs 'per'",
                  "p.yaml:9:68: error: unknown key 'days' in a limit",
                  "p.yaml:9:86: error: '01' is not a number from 1 to 1000000"));
}

}  // namespace
}  // namespace purposewatch

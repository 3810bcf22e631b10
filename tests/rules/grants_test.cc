#include "rules/grants.h"

#include <gtest/gtest.h>

#include "rules/explanation.h"
#include "rules/judge.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

constexpr AccessMask kRead = mask_of(AccessKind::kRead), kWrite = mask_of(AccessKind::kWrite);

// From boot time 100 to 200.
Grant grant(const std::string& id, const std::string& user, const std::string& store_name,
            std::vector<std::string> clients = {}, AccessMask access = kRead) {
  Grant result;
  result.id = id;
  result.user = user;
  result.store = store_name;
  result.clients = std::move(clients);
  result.access = access;
  result.purpose = "warrant";
  result.given_boot_ns = 100;
  result.expires_boot_ns = 200;
  return result;
}

// alice's login, root's cat.
Subject alice() {
  Subject who = subject("", "root", 0, "session-1.scope");
  who.executable = "/usr/bin/cat";
  who.login_uid = 1000;
  who.login_user = "alice";
  return who;
}

class JudgeOfGrants : public testing::Test {
 protected:
  JudgeOfGrants() {
    rules_.purposes = {purpose("serve", "P4", {"communications"}),
                       purpose("warrant", "P7", {"communications"})};
    rules_.stores = {store("mail", {"communications"}, {"/mail/{client}"}),
                     store("cards", {"payment"}, {"/cards/{client}"})};
    rules_.services = {service("imap", {"/imap"}), service("scan", {"/scan"})};
    rules_.permits = {permit("serving", 0, 0, kRead)};
  }
  Verdict verdict(const std::string& path, const Subject& who, std::uint64_t boot_ns = 150,
                  AccessKind kind = AccessKind::kRead) const {
    Access access;
    access.kind = kind;
    access.path = path;
    const Grants grants(grants_);
    return judge(rules_, access, who, {0, boot_ns, &grants});
  }
  std::string said(const std::string& path, const Subject& who, std::uint64_t boot_ns = 150,
                   AccessKind kind = AccessKind::kRead) const {
    const Verdict got = verdict(path, who, boot_ns, kind);
    return std::string(name_of(got.outcome)) + " " + std::string(name_of(got.reason)) + " " + got.grant;
  }

  RuleSet rules_;
  std::vector<Grant> grants_;
};

TEST_F(JudgeOfGrants, APersonMayWhatIsGrantedWhoeverTheProcessRunsAs) {
  grants_ = {grant("g", "alice", "mail")};
  const Verdict got = verdict("/mail/bo/1", alice());
  EXPECT_EQ(got.outcome, Outcome::kGranted);
  EXPECT_EQ(got.reason, Reason::kNone);
  EXPECT_EQ(got.grant, "g");
  EXPECT_EQ(got.purpose, "warrant");
  EXPECT_EQ(got.clause, "P7");
  EXPECT_EQ(got.client, "bo");
  EXPECT_EQ(got.permit, "");
}

TEST_F(JudgeOfGrants, IsOfThePersonNotOfWhomTheyHaveBecome) {
  grants_ = {grant("g", "root", "mail")};
  EXPECT_EQ(said("/mail/bo/1", alice()), "flagged unknown-service ");
  Subject nobody_logged_in = alice();
  nobody_logged_in.login_uid = kUnsetId;
  nobody_logged_in.login_user.clear();
  EXPECT_EQ(said("/mail/bo/1", nobody_logged_in), "granted none g");
  Subject unknown_person = alice();
  unknown_person.login_user.clear();  // a login uid that the host knows no name for
  grants_[0].user = "";
  grants_[0].service = "imap";
  EXPECT_EQ(said("/mail/bo/1", unknown_person), "flagged unknown-service ");
}

TEST_F(JudgeOfGrants, ServicesMayToo) {
  grants_ = {grant("g", "", "mail")};
  grants_[0].service = "scan";
  const Verdict got = verdict("/mail/bo/1", subject("/scan", "scan", 7, ""));
  EXPECT_EQ(got.outcome, Outcome::kGranted);
  EXPECT_EQ(got.service, "scan");
  EXPECT_EQ(said("/mail/bo/1", subject("/other", "scan", 7, "")), "flagged unknown-service ");
  Subject tampered = subject("/scan", "scan", 7, "");
  tampered.tampered_by = "ptrace by 7 (/gdb)";
  EXPECT_EQ(verdict("/mail/bo/1", tampered).outcome, Outcome::kFlagged);
}

TEST_F(JudgeOfGrants, HoldFromTheirBeginningToJustBeforeTheirEnd) {
  grants_ = {grant("g", "alice", "mail")};
  EXPECT_EQ(said("/mail/bo/1", alice(), 99), "flagged unknown-service ");
  EXPECT_EQ(said("/mail/bo/1", alice(), 100), "granted none g");
  EXPECT_EQ(said("/mail/bo/1", alice(), 199), "granted none g");
  EXPECT_EQ(said("/mail/bo/1", alice(), 200), "flagged grant-ended g");
  grants_[0].revoked_boot_ns = 150;
  EXPECT_EQ(said("/mail/bo/1", alice(), 149), "granted none g");
  EXPECT_EQ(said("/mail/bo/1", alice(), 150), "flagged grant-ended g");
}

TEST_F(JudgeOfGrants, AreForTheirStoreClientsAndKindsOnly) {
  grants_ = {grant("g", "alice", "mail", {"bo", "cy"})};
  EXPECT_EQ(said("/mail/cy/1", alice()), "granted none g");
  EXPECT_EQ(said("/mail/di/1", alice()), "flagged outside-grant g");
  EXPECT_EQ(said("/mail/bo/1", alice(), 150, AccessKind::kWrite), "flagged outside-grant g");
  EXPECT_EQ(said("/cards/bo/1", alice()), "flagged unknown-service ");
}

TEST_F(JudgeOfGrants, TheOneThatHoldsCountsThenTheOneThatSaysMost) {
  grants_ = {grant("ended", "alice", "mail"), grant("other", "alice", "mail", {"bo"}),
             grant("held", "alice", "mail", {"cy"}), grant("writes", "alice", "mail", {"cy"}, kWrite)};
  grants_[0].expires_boot_ns = 120;
  EXPECT_EQ(said("/mail/cy/1", alice()), "granted none held");
  EXPECT_EQ(said("/mail/cy/1", alice(), 150, AccessKind::kWrite), "granted none writes");
  EXPECT_EQ(said("/mail/di/1", alice()), "flagged outside-grant other");
  EXPECT_EQ(said("/mail/di/1", alice(), 210), "flagged grant-ended ended");
}

// A policy may have changed since.
TEST_F(JudgeOfGrants, MeanNothingWhenThePolicyDoesNotAllowTheirPurposeThere) {
  grants_ = {grant("g", "alice", "cards")};
  EXPECT_EQ(said("/cards/bo/1", alice()), "flagged unknown-service ");
  grants_[0].purpose = "gone";
  EXPECT_EQ(said("/cards/bo/1", alice()), "flagged unknown-service ");
}

TEST_F(JudgeOfGrants, DoNotStandInForPermits) {
  grants_ = {grant("g", "alice", "mail")};
  Subject imap = alice();
  imap.program = "/imap";
  const Verdict got = verdict("/mail/bo/1", imap);
  EXPECT_EQ(got.outcome, Outcome::kPermitted);
  EXPECT_EQ(got.permit, "serving");
  EXPECT_EQ(got.grant, "");
}

TEST_F(JudgeOfGrants, AreExplained) {
  grants_ = {grant("g", "alice", "mail", {"bo"})};
  const Grants grants(grants_);
  const auto summary = [&](const char* path, std::uint64_t boot_ns) {
    Access access;
    access.path = path;
    return summary_of(explain(rules_, access, alice(), {0, boot_ns, &grants}));
  };
  EXPECT_EQ(summary("/mail/bo/1", 150), "granted by g");
  EXPECT_EQ(summary("/mail/cy/1", 150), "flagged: outside-grant: grant g is not for this");
  EXPECT_EQ(summary("/mail/bo/1", 250), "flagged: grant-ended: grant g has ended");
}

}  // namespace
}  // namespace purposewatch

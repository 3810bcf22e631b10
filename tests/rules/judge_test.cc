#include "rules/judge.h"

#include <gtest/gtest.h>

#include "rules/clause.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

constexpr AccessMask kReading = mask_of(AccessKind::kRead) | mask_of(AccessKind::kList);

// imap: exe+user+unit; php: exe+owner; self: owner alone; backup: user alone.
RuleSet rules() {
  RuleSet result;
  result.purposes = {purpose("serve", "P4", {"communications"})};
  result.stores = {
      store("mail", {"communications"}, {"/mail/{client}"}), store("sites", {"logs"}, {"/sites/{client}"}),
      store("contacts", {"contact"}, {"/contacts"}), store("whois", {"domain-contact"}, {"/whois"})};
  result.stores[3].is_public = true;
  result.services = {service("imap", {"/imap"}), service("php", {"/php"}), service("self", {}),
                     service("backup", {})};
  result.services[0].user = "vmail";
  result.services[0].unit = "dovecot*.service";
  result.services[1].owner = result.services[2].owner = true;
  result.services[3].user = "34";
  result.permits = {permit("p21", 2, 1, kReading), permit("p00", 0, 0, kReading),
                    permit("p11", 1, 1, kReading)};
  return result;
}

Access access(AccessKind kind, const std::string& path, std::optional<std::uint32_t> owner = 5000) {
  Access result;
  result.kind = kind;
  result.path = path;
  result.owner_uid = owner;
  return result;
}

struct JudgeCase {
  const char* what;
  Subject who;
  Access act;
  Outcome outcome;
  Reason reason;
  const char* service;
  const char* clause;
};

TEST(Judge, AnswersAsTheTruthTableSays) {
  const auto imap = [](const char* user, std::uint32_t uid, const char* unit) {
    return subject("/imap", user, uid, unit);
  };
  const Access read_mail = access(AccessKind::kRead, "/mail/al/1"),
               read_site = access(AccessKind::kRead, "/sites/al/1");
  const std::vector<JudgeCase> cases = {
      {"no store", imap("vmail", 9, "dovecot.service"), access(AccessKind::kRead, "/etc/x"),
       Outcome::kNoStore, Reason::kNone, "", ""},
      {"all fits", imap("vmail", 9, "dovecot.service"), read_mail, Outcome::kPermitted, Reason::kNone, "imap",
       "P4"},
      {"unit by glob", imap("vmail", 9, "dovecot-a.service"), read_mail, Outcome::kPermitted, Reason::kNone,
       "imap", "P4"},
      {"kind", imap("vmail", 9, "dovecot.service"), access(AccessKind::kWrite, "/mail/al/1"),
       Outcome::kFlagged, Reason::kAccessKind, "imap", "P3"},
      {"other store", imap("vmail", 9, "dovecot.service"), access(AccessKind::kRead, "/contacts/1"),
       Outcome::kFlagged, Reason::kNoPermit, "imap", "P4"},
      {"user", imap("root", 0, "dovecot.service"), read_mail, Outcome::kFlagged, Reason::kUserMismatch,
       "imap", "P7"},
      {"unit", imap("vmail", 9, "ssh.service"), read_mail, Outcome::kFlagged, Reason::kUnitMismatch, "imap",
       "P7"},
      {"no unit", imap("vmail", 9, ""), read_mail, Outcome::kFlagged, Reason::kUnitMismatch, "imap", "P7"},
      {"stranger", subject("", "root", 0, ""), read_mail, Outcome::kFlagged, Reason::kUnknownService, "",
       "P7"},
      {"owner by number", subject("/php", "al", 5000, ""), read_site, Outcome::kPermitted, Reason::kNone,
       "php", "P4"},
      {"neighbour", subject("/php", "bo", 5001, ""), read_site, Outcome::kFlagged, Reason::kNotOwner, "php",
       "P4"},
      {"owner unknown", subject("/php", "al", 5000, ""),
       access(AccessKind::kRead, "/sites/al/1", std::nullopt), Outcome::kFlagged, Reason::kNotOwner, "php",
       "P4"},
      {"self", subject("/cat", "al", 5000, ""), read_site, Outcome::kPermitted, Reason::kNone, "self", "P4"},
      {"self fails on owner where it has a permit", subject("/cat", "bo", 5001, ""), read_site,
       Outcome::kFlagged, Reason::kNotOwner, "self", "P4"},
      {"self explains nothing where it has none", subject("/cat", "bo", 5001, ""), read_mail,
       Outcome::kFlagged, Reason::kUnknownService, "", "P7"},
      {"owning alone is no service where it has no permit", subject("/cat", "al", 5000, ""), read_mail,
       Outcome::kFlagged, Reason::kUnknownService, "", "P7"},
      {"an executable is nearer than an owner", imap("root", 0, ""), read_site, Outcome::kFlagged,
       Reason::kUserMismatch, "imap", "P4"},
      {"user given as a number", subject("/tar", "backup", 34, ""), read_mail, Outcome::kFlagged,
       Reason::kNoPermit, "backup", "P7"},
      {"a user called 34 is not user 34", subject("/tar", "34", 35, ""), read_mail, Outcome::kFlagged,
       Reason::kUnknownService, "", "P7"},
      {"public read", subject("", "", 1, ""), access(AccessKind::kRead, "/whois/x"), Outcome::kPermitted,
       Reason::kNone, "", "P5"},
      {"public list", subject("", "", 1, ""), access(AccessKind::kList, "/whois"), Outcome::kPermitted,
       Reason::kNone, "", "P5"},
      {"public write", subject("", "", 1, ""), access(AccessKind::kWrite, "/whois/x"), Outcome::kFlagged,
       Reason::kUnknownService, "", "P5"},
  };
  const RuleSet set = rules();
  for (const JudgeCase& one : cases) {
    const Verdict got = judge(set, one.act, one.who, 0);
    EXPECT_EQ(name_of(got.outcome), name_of(one.outcome)) << one.what;
    EXPECT_EQ(name_of(got.reason), name_of(one.reason)) << one.what;
    EXPECT_EQ(got.service, one.service) << one.what;
    EXPECT_EQ(got.clause, one.clause) << one.what;
  }
}

TEST(Judge, ExplainsByTheServiceOfThisStoreRatherThanByOneThatNeverTouchesIt) {
  RuleSet set = rules();
  set.services.push_back(service("php-anywhere", {"/php"}));
  const Verdict got =
      judge(set, access(AccessKind::kRead, "/sites/al/1"), subject("/php", "bo", 5001, ""), 0);
  EXPECT_EQ(got.reason, Reason::kNotOwner);
  EXPECT_EQ(got.service, "php");
}

TEST(Judge, NamesThePublicPermit) {
  const Verdict got = judge(rules(), access(AccessKind::kRead, "/whois/x"), {}, 0);
  EXPECT_EQ(got.permit, "public");
  EXPECT_EQ(got.purpose, "");
  EXPECT_EQ(got.store, "whois");
}

TEST(Judge, TakesTheFirstServiceOfThePolicyNotTheFirstPermit) {
  const Verdict got =
      judge(rules(), access(AccessKind::kRead, "/sites/al/1"), subject("/php", "al", 5000, ""), 0);
  EXPECT_EQ(got.permit, "p11");
  EXPECT_EQ(got.client, "al");
  EXPECT_EQ(got.purpose, "serve");
}

TEST(Judge, NeverTrustsTheNameOrPathThatAProcessShows) {
  Subject liar = subject("", "vmail", 9, "dovecot.service");
  liar.name = "imap";
  liar.executable = "/imap";
  EXPECT_EQ(judge(rules(), access(AccessKind::kRead, "/mail/al/1"), liar, 0).reason, Reason::kUnknownService);
}

TEST(Judge, AsksTheKernelOnlyWhenThePathIsTruncated) {
  Access act = access(AccessKind::kRead, "/mail/al/1");
  act.kernel_store = "sites";
  act.kernel_client = "bo";
  EXPECT_EQ(judge(rules(), act, {}, 0).store, "mail");
  act.path_truncated = true;
  EXPECT_EQ(judge(rules(), act, {}, 0).store, "sites");
  EXPECT_EQ(judge(rules(), act, {}, 0).client, "bo");
  act.kernel_store = "gone";
  EXPECT_EQ(judge(rules(), act, {}, 0).outcome, Outcome::kNoStore);
}

// A directory that is moved takes the stores below with it; a file cannot, nor can anything else do it to
// them.
TEST(Judge, TakesAMovedDirectoryForTheStoresBelow) {
  RuleSet rule_set = rules();
  rule_set.stores[0].paths = store("mail", {}, {"/mail/{domain}/{client}"}).paths;
  Access moved = access(AccessKind::kRename, "/mail/example.org");
  EXPECT_EQ(judge(rule_set, moved, {}, 0).outcome, Outcome::kNoStore);
  moved.is_directory = true;
  EXPECT_EQ(judge(rule_set, moved, {}, 0).store, "mail");
  moved.path = "/mail";
  EXPECT_EQ(judge(rule_set, moved, {}, 0).outcome, Outcome::kFlagged);
  moved.path = "/mai";
  EXPECT_EQ(judge(rule_set, moved, {}, 0).outcome, Outcome::kNoStore);
  moved.path = "/mail/example.org";
  moved.kind = AccessKind::kList;
  EXPECT_EQ(judge(rule_set, moved, {}, 0).outcome, Outcome::kNoStore);
}

TEST(BrokenClause, FollowsClassAndKind) {
  const Store mail = store("m", {"logs", "communications"}, {"/m"}), logs = store("l", {"logs"}, {"/l"});
  const Store account = store("a", {"account"}, {"/a"});
  for (const AccessKind kind : {AccessKind::kRead, AccessKind::kList, AccessKind::kExec, AccessKind::kConnect,
                                AccessKind::kMemory, AccessKind::kDevice}) {
    EXPECT_EQ(broken_clause(mail, kind), "P7") << name_of(kind);
    EXPECT_EQ(broken_clause(logs, kind), "P4") << name_of(kind);
  }
  for (const AccessKind kind : {AccessKind::kWrite, AccessKind::kCreate, AccessKind::kRename}) {
    EXPECT_EQ(broken_clause(mail, kind), "P3") << name_of(kind);
    EXPECT_EQ(broken_clause(account, kind), "P5") << name_of(kind);
  }
  EXPECT_EQ(broken_clause(account, AccessKind::kDelete), "P3");
  EXPECT_EQ(broken_clause(account, AccessKind::kAttr), "P3");
}

}  // namespace
}  // namespace purposewatch

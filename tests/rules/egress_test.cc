// Where client data may go: by permits, by what stays within a service, and by grants.
#include "rules/egress.h"

#include <gtest/gtest.h>

#include "rules/explanation.h"
#include "rules/judge.h"
#include "rules/language/run_tests.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

RuleSet egress_rules_of(const std::string& yaml) {
  const LoadedPolicy loaded = check_policy({{"p.yaml", kHead + yaml}});
  EXPECT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  return loaded.rules ? *loaded.rules : RuleSet{};
}

constexpr const char* kRules =
    "stores:\n"
    "  mail: {class: mail, paths: /m}\n"
    "  other: {class: mail, paths: /o}\n"
    "  news: {class: open, paths: /n}\n"
    "services:\n"
    "  backup: {exe: /backup, user: root, unit: backup.service}\n"
    "  relay: {exe: /relay, unit: relay.service}\n"
    "  client: {owner: true}\n"
    "permits:\n"
    "- {service: backup, store: mail, access: read, purpose: serve, name: nightly,\n"
    "   egress: ['backup.example.net:22', '192.0.2.0/24:443', 'unix:/run/b*.sock', 'file:/srv/backup']}\n"
    "- {service: relay, store: mail, access: read, purpose: serve, egress: '*:25'}\n"
    "- {service: client, store: other, access: read, purpose: serve, egress: '*:*'}\n"
    "disclosure: {egress: ['127.0.0.53:53', 'unix:/dev/log'], fades-after: 20m}\n";

class EgressOf : public testing::Test {
 protected:
  Verdict go(const Disclosure& where, const Subject& who, const std::string& store = "mail") {
    Access access;
    access.kind = AccessKind::kConnect;
    access.kernel_store = store;
    access.disclosure = where;
    return judge(rules_, access, who, Now(0, 150, &grants_, &names_));
  }
  bool may(const Disclosure& where, const Subject& who, const std::string& store = "mail") {
    const Verdict verdict = go(where, who, store);
    EXPECT_NE(verdict.outcome, Outcome::kNoStore);
    EXPECT_EQ(verdict.reason == Reason::kNoEgress, verdict.outcome == Outcome::kFlagged);
    return verdict.outcome == Outcome::kPermitted;
  }
  static Disclosure to(const std::string& address, std::uint16_t port) {
    Disclosure where;
    where.protocol = "tcp";
    where.address = address;
    where.port = port;
    return where;
  }
  static Disclosure at(DisclosureKind kind, const std::string& path) {
    Disclosure where;
    where.kind = kind;
    where.path = path;
    return where;
  }

  RuleSet rules_ = egress_rules_of(kRules);
  Grants grants_;
  HostNames names_ = {{"backup.example.net", {"203.0.113.7", "2001:db8::7"}}};
  Subject backup_ = subject("/backup", "root", 0, "backup.service"),
          relay_ = subject("/relay", "relay", 70, "relay.service"), root_ = subject("", "root", 0, "");
};

TEST_F(EgressOf, WhoIsKnownByWhoseFilesTheyAreCarriesTheirOwnAlone) {
  const Subject client = subject("/anything", "alice", 1001, "");
  const Disclosure own = to("198.51.100.1", 443);
  EXPECT_TRUE(may(own, client, "other"));
  Disclosure told = own;
  told.was_told = true;
  EXPECT_FALSE(may(told, client, "other")) << "some of it was another one's";
  for (const Carried carried : {Carried::kPiped, Carried::kDerived}) {
    Disclosure got = own;
    got.carried = carried;
    EXPECT_FALSE(may(got, client, "other")) << "who knows whose it was: " << name_of(carried);
  }
}

// That of clients' own files, where relay has a permit, too.
RuleSet shared_rules() {
  std::string yaml = kRules;
  yaml.insert(yaml.find("- {service: client"),
              "- {service: relay, store: other, access: read, purpose: serve, egress: '*:25'}\n");
  return egress_rules_of(yaml);
}

TEST_F(EgressOf, AServiceIsNoClientBesides) {
  const RuleSet rules = shared_rules();
  EXPECT_TRUE(egress_of(rules, 1, to("198.51.100.1", 25), relay_, nullptr).is_permitted);
  EXPECT_FALSE(egress_of(rules, 1, to("198.51.100.1", 443), relay_, nullptr).is_permitted);
}

TEST_F(EgressOf, ToAClientIsNotToAService) {
  const RuleSet rules = shared_rules();
  Disclosure handed = at(DisclosureKind::kLocal, "/tmp/sock");
  handed.peer = std::make_shared<Subject>(subject("/anything", "alice", 1001, ""));
  EXPECT_FALSE(egress_of(rules, 1, handed, relay_, nullptr).is_permitted);
  handed.peer = std::make_shared<Subject>(relay_);
  EXPECT_TRUE(egress_of(rules, 1, handed, relay_, nullptr).is_permitted);
}

TEST_F(EgressOf, APermitLeadsToItsDestinationsAlone) {
  for (const auto& [address, port, expected] :
       std::vector<std::tuple<const char*, std::uint16_t, bool>>{{"203.0.113.7", 22, true},
                                                                 {"2001:db8::7", 22, true},
                                                                 {"203.0.113.7", 23, false},
                                                                 {"203.0.113.8", 22, false},
                                                                 {"192.0.2.255", 443, true},
                                                                 {"192.0.3.0", 443, false},
                                                                 {"192.0.2.1", 22, false},
                                                                 {"::", 443, false},
                                                                 {"", 0, false}})
    EXPECT_EQ(may(to(address, port), backup_), expected) << address << " " << port;
  EXPECT_TRUE(may(to("198.51.100.1", 25), relay_));
  EXPECT_TRUE(may(to("2001:db8::1", 25), relay_));
  EXPECT_FALSE(may(to("198.51.100.1", 587), relay_));
  EXPECT_FALSE(may(to("203.0.113.7", 22), relay_)) << "the other service's";
  EXPECT_FALSE(may(to("203.0.113.7", 22), backup_, "other")) << "the other store's";
}

TEST_F(EgressOf, AHostWhoseAddressIsNotKnownIsNotReached) {
  names_.clear();
  EXPECT_FALSE(may(to("203.0.113.7", 22), backup_));
}

TEST_F(EgressOf, SocketsAndFilesAreKnownByTheirPath) {
  EXPECT_TRUE(may(at(DisclosureKind::kLocal, "/run/b1.sock"), backup_));
  EXPECT_FALSE(may(at(DisclosureKind::kLocal, "/run/c.sock"), backup_));
  EXPECT_FALSE(may(at(DisclosureKind::kLocal, "@/run/b1.sock"), backup_)) << "anybody can take that name";
  EXPECT_FALSE(may(at(DisclosureKind::kLocal, "/srv/backup/x"), backup_)) << "a socket is no file";
  for (const DisclosureKind kind : {DisclosureKind::kNetworkFile, DisclosureKind::kRemovable}) {
    EXPECT_TRUE(may(at(kind, "/srv/backup/x"), backup_));
    EXPECT_TRUE(may(at(kind, "/srv/backup"), backup_));
    EXPECT_FALSE(may(at(kind, "/srv/backup2"), backup_));
    EXPECT_FALSE(may(at(kind, "/run/b1.sock"), backup_));
  }
}

TEST_F(EgressOf, WhatStaysWithinTheServiceNeedsNoDestination) {
  Disclosure answer = to("198.51.100.1", 40000);
  answer.is_answer = true;
  for (const Disclosure& where :
       {answer, at(DisclosureKind::kCopy, "/tmp/x"), at(DisclosureKind::kDisplay, "/dev/pts/1")}) {
    EXPECT_TRUE(may(where, backup_));
    EXPECT_FALSE(may(where, backup_, "other"));
    EXPECT_FALSE(may(where, root_));
  }
}

TEST_F(EgressOf, AServiceThatHasAPermitItselfIsToldByOthers) {
  Disclosure local = at(DisclosureKind::kLocal, "/run/relay.sock");
  EXPECT_FALSE(may(local, backup_));
  local.peer = std::make_shared<const Subject>(relay_);
  EXPECT_TRUE(may(local, backup_));
  EXPECT_FALSE(may(local, root_)) << "who may not read may not hand on";
  local.peer = std::make_shared<const Subject>(root_);
  EXPECT_FALSE(may(local, backup_));
}

TEST_F(EgressOf, ThePolicysOwnDestinationsAreForServices) {
  const Verdict verdict = go(to("127.0.0.53", 53), backup_);
  EXPECT_EQ(verdict.outcome, Outcome::kPermitted);
  EXPECT_EQ(verdict.permit, "egress");
  EXPECT_EQ(verdict.service, "backup");
  EXPECT_TRUE(may(at(DisclosureKind::kLocal, "/dev/log"), relay_));
  EXPECT_FALSE(may(at(DisclosureKind::kLocal, "/dev/log"), root_));
  EXPECT_EQ(rules_.fades_after, std::chrono::minutes(20));
}

TEST_F(EgressOf, WhatAServiceStartsGoesWhereItMay) {
  Subject ssh = subject("", "root", 0, "backup.service");
  ssh.ancestor_programs = {"/bin/other", "/backup"};
  EXPECT_EQ(go(to("203.0.113.7", 22), ssh).permit, "nightly");
  EXPECT_FALSE(may(to("203.0.113.9", 22), ssh));
  for (auto change :
       std::vector<void (*)(Subject&)>{[](Subject& who) { who.unit = "session-1.scope"; },
                                       [](Subject& who) { who.user = "alice", who.euid = 1000; },
                                       [](Subject& who) { who.tampered_by = "ptrace by 1"; },
                                       [](Subject& who) { who.ancestor_programs = {"/bin/other"}; }}) {
    Subject other = ssh;
    change(other);
    EXPECT_FALSE(may(to("203.0.113.7", 22), other));
  }
}

TEST_F(EgressOf, AClientsOwnProcessCarriesItsOwn) {
  const Subject php = subject("/php", "al", 5000, "");
  EXPECT_TRUE(may(to("198.51.100.1", 443), php, "other"));
  EXPECT_FALSE(may(to("198.51.100.1", 443), php, "mail"));
  EXPECT_FALSE(may(to("198.51.100.1", 443), root_, "other")) << "root is no client";
}

TEST_F(EgressOf, WhatIsPublicMayGoAnywhere) {
  EXPECT_EQ(go(to("198.51.100.1", 443), root_, "news").permit, "public");
}

TEST_F(EgressOf, AGrantToReadIsOneToHandOn) {
  Grant grant;
  grant.id = "7";
  grant.user = "root";
  grant.store = "mail";
  grant.access = mask_of(AccessKind::kRead);
  grant.purpose = "warrant";
  grant.given_boot_ns = 100;
  grant.expires_boot_ns = 200;
  grants_ = Grants({grant});
  const Verdict verdict = go(to("198.51.100.1", 443), root_);
  EXPECT_EQ(verdict.outcome, Outcome::kGranted);
  EXPECT_EQ(verdict.grant, "7");
  EXPECT_FALSE(may(to("198.51.100.1", 443), root_, "other"));
}

TEST_F(EgressOf, IsExplained) {
  const auto why = [&](const Subject& who) {
    Access access;
    access.kernel_store = "mail";
    access.disclosure = to("198.51.100.1", 443);
    return summary_of(explain(rules_, access, who, Now(0, 150, &grants_, &names_)));
  };
  EXPECT_EQ(why(root_), "flagged: no-egress: it has no permit for what it carries");
  EXPECT_EQ(why(relay_),
            "flagged: no-egress: relay/mail/serve: may read for serve (P4); what it reads may go to *:25");
}

TEST_F(EgressOf, FlaggedNamesTheClauseAndTheService) {
  rules_.stores[0].classes = {"communications"};
  EXPECT_EQ(go(to("198.51.100.1", 443), backup_).clause, "P7");
  EXPECT_EQ(go(to("198.51.100.1", 443), backup_).service, "backup");
  EXPECT_EQ(go(to("198.51.100.1", 443), root_, "other").clause, "P6");
  EXPECT_EQ(go(to("198.51.100.1", 443), root_, "other").service, "");
}

TEST(EgressOfPolicy, IsSaidOnceInAllFilesTogether) {
  const LoadedPolicy loaded =
      check_policy({{"a.yaml", kHead + "disclosure: {egress: '*:53'}\n"}, {"b.yaml", "disclosure: {}\n"}});
  ASSERT_FALSE(loaded.rules);
  EXPECT_EQ(to_string(loaded.diagnostics.back()),
            "b.yaml:1:13: error: a second 'disclosure' section; first at a.yaml:6:13");
}

TEST(EgressTests, OfAPolicySayWhereItsDataMayGo) {
  const RuleSet rules = egress_rules_of(
      std::string(kRules) +
      "tests:\n"
      "- {who: {exe: /backup, user: root, unit: backup.service}, store: mail, to: 'backup.example.net:22', "
      "expect: permitted}\n"
      "- {who: {exe: /backup, user: root, unit: backup.service}, store: mail, to: '192.0.2.9:443', expect: "
      "permitted}\n"
      "- {who: {exe: /backup, user: root, unit: backup.service}, store: mail, to: '203.0.113.1:4000', "
      "answers: "
      "true, expect: permitted}\n"
      "- {who: {exe: /backup, user: root, unit: backup.service}, store: mail, to: 'file:/srv/backup/1', "
      "expect: "
      "permitted}\n"
      "- {who: {exe: /backup, user: root, unit: backup.service}, store: mail, to: 'file:/tmp/1', expect: "
      "flagged}\n"
      "- {who: {exe: /bin/curl, user: root}, store: mail, to: 'unix:/dev/log', expect: flagged, reason: "
      "no-egress}\n"
      "- {who: {exe: /bin/curl, user: root}, store: mail, to: 'evil.example.net:443', expect: flagged, "
      "clause: "
      "P6}\n");
  ASSERT_EQ(rules.tests.size(), 7U);
  for (const PolicyTest& test : rules.tests) EXPECT_TRUE(run_test(rules, test).passed()) << test.at.line;
}

}  // namespace
}  // namespace purposewatch

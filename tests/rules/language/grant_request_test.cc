// Asking for a grant: what is read, what the policy allows.
#include "rules/language/grant_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/language/run_tests.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kHourNs = 3'600'000'000'000;

const std::string kPolicy =
    "policy: {name: t, version: 1}\n"
    "classes: {mail: {clause: P2}, card: {clause: P2}}\n"
    "purposes:\n"
    "  serve: {clause: P4, classes: [mail]}\n"
    "  warrant: {clause: P7, classes: [mail], requires: grant, max-duration: 2h, two-person: true}\n"
    "stores:\n"
    "  mail: {class: mail, paths: '/m/{client}'}\n"
    "  queue: {class: mail, paths: /q}\n"
    "  cards: {class: card, paths: '/c/{client}'}\n"
    "services: {imap: {exe: /imap}, dan: {exe: /dan}}\n"
    "permits: [{service: imap, store: mail, access: read, purpose: serve}]\n";

class GrantRequests : public testing::Test {
 protected:
  GrantRequests() : loaded_(check_policy({{"p.yaml", kPolicy}})) {
    request_ = {.who = "bob",
                .store = "mail",
                .clients = {"al"},
                .access = {"read", "list"},
                .purpose = "warrant",
                .reference = "WARRANT-7",
                .approved_by = "carol",
                .requested_by = "",
                .duration = "1h",
                .is_break_glass = false};
  }
  tl::expected<Grant, std::vector<std::string>> asked() const {
    return check_grant(*loaded_.rules, request_,
                       {.id = "g-1",
                        .requested_by = "alice",
                        .wall_ns = wall_ns_,
                        .boot_ns = 7,
                        .is_user = [](const std::string& name) {
                          return name == "alice" || name == "bob" || name == "dan";
                        }});
  }
  std::vector<std::string> refusals() const {
    const auto grant = asked();
    return grant ? std::vector<std::string>{} : grant.error();
  }

  LoadedPolicy loaded_;
  std::int64_t wall_ns_ = 5 * kHourNs;
  GrantRequest request_;
};

TEST_F(GrantRequests, BecomeGrantsFromNowOn) {
  const auto grant = asked();
  ASSERT_TRUE(grant) << testing::PrintToString(grant.error());
  EXPECT_EQ(grant->id, "g-1");
  EXPECT_EQ(grant->user, "bob");
  EXPECT_EQ(grant->service, "");
  EXPECT_THAT(grant->clients, ElementsAre("al"));
  EXPECT_EQ(grant->access, mask_of(AccessKind::kRead) | mask_of(AccessKind::kList));
  EXPECT_EQ(grant->requested_by, "alice");
  EXPECT_EQ(grant->given_wall_ns, 5 * kHourNs);
  EXPECT_EQ(grant->expires_wall_ns, 6 * kHourNs);
  EXPECT_EQ(grant->given_boot_ns, 7U);
  EXPECT_EQ(grant->expires_boot_ns, 7U + kHourNs);
  EXPECT_TRUE(grant->holds_at(7));
}

TEST_F(GrantRequests, SayForWhom) {
  request_.who = "imap";
  EXPECT_EQ(asked()->service, "imap");
  request_.who = "dan";
  EXPECT_THAT(refusals(), ElementsAre("'dan' is a user and a service: say user:dan or service:dan"));
  request_.who = "user:dan";
  EXPECT_EQ(asked()->user, "dan");
  request_.who = "service:dan";
  EXPECT_EQ(asked()->service, "dan");
  request_.who = "user:imap";
  EXPECT_THAT(refusals(), ElementsAre("this host knows no user 'imap'"));
  request_.who = "iamp";
  EXPECT_THAT(refusals(),
              ElementsAre("this host knows no user and the policy no service 'iamp' (did you mean 'imap'?)"));
  request_.who = "";
  EXPECT_THAT(refusals(), ElementsAre("names nobody"));
}

TEST_F(GrantRequests, AreRefusedForAllThatIsWrong) {
  request_ = {.who = "nobody-here",
              .store = "mial",
              .clients = {},
              .access = {"raed"},
              .purpose = "warrent",
              .reference = "two\nlines",
              .approved_by = "",
              .requested_by = "",
              .duration = "1y",
              .is_break_glass = false};
  EXPECT_THAT(
      refusals(),
      ElementsAre("this host knows no user and the policy no service 'nobody-here'",
                  "no kind of access is called 'raed' (did you mean 'read'?)",
                  "no store is called 'mial' (did you mean 'mail'?)",
                  "no purpose is called 'warrent' (did you mean 'warrant'?)",
                  "needs a reference, a ticket or a warrant, of one line of at most 200 bytes",
                  "needs somebody who has approved it", "'1y' is no duration like 30d, 12h, 15m or 20s"));
}

TEST_F(GrantRequests, MustServeAPurposeThatAllowsTheStore) {
  request_.store = "cards";
  EXPECT_THAT(refusals(), ElementsAre("purpose 'warrant' may not touch every class of store 'cards'"));
}

TEST_F(GrantRequests, LastAtMostAsLongAsThePurposeSays) {
  request_.duration = "120m";
  EXPECT_THAT(refusals(), IsEmpty());
  request_.duration = "121m";
  EXPECT_THAT(refusals(), ElementsAre("purpose 'warrant' is granted for at most 2h"));
  request_.purpose = "serve";
  EXPECT_THAT(refusals(), IsEmpty());
}

TEST_F(GrantRequests, EndWhenAClockCanShowIt) {
  request_.purpose = "serve";  // which says nothing of how long
  request_.duration = "99999d";
  EXPECT_THAT(refusals(), IsEmpty()) << "1970 and 273 years";
  wall_ns_ = 1'800'000'000'000'000'000;
  EXPECT_THAT(refusals(), ElementsAre("'99999d' is no end that a clock could show: it lies beyond 2261"));
  request_.duration = "36500d";
  EXPECT_THAT(refusals(), IsEmpty());
}

TEST_F(GrantRequests, OfSomePurposesNeedTwoPeople) {
  request_.approved_by = "alice";
  EXPECT_THAT(refusals(),
              ElementsAre("purpose 'warrant' needs two people: alice cannot ask for it and approve it"));
  request_.approved_by = "bob";
  EXPECT_THAT(refusals(),
              ElementsAre("purpose 'warrant' needs two people: bob cannot approve what is for bob"));
  request_.purpose = "serve";
  EXPECT_THAT(refusals(), IsEmpty());
}

TEST_F(GrantRequests, ThatBreakTheGlassAskNobody) {
  request_.is_break_glass = true;
  request_.approved_by = "";
  ASSERT_TRUE(asked());
  EXPECT_TRUE(asked()->is_break_glass);
  request_.duration = "3h";
  EXPECT_THAT(refusals(), ElementsAre("purpose 'warrant' is granted for at most 2h"));
}

TEST_F(GrantRequests, NameClientsAsTheirStoreTellsThemApart) {
  request_.clients = {"", "a/b", std::string(256, 'x'), "al"};
  EXPECT_THAT(refusals(), ElementsAre("'' can be no client's name", "'a/b' can be no client's name",
                                      "'" + std::string(256, 'x') + "' can be no client's name"));
  request_.clients = {"al"};
  request_.store = "queue";
  EXPECT_THAT(refusals(), ElementsAre("store 'queue' does not tell one client from another"));
  request_.clients.clear();
  EXPECT_THAT(refusals(), IsEmpty());
}

TEST(GrantTexts, AreReadStrictly) {
  const auto request = read_grant_request(
      {"g.yaml",
       R"({"who": "bob", "store": "mail", "clients": ["al", "Zoë"], "access": ["read"], "purpose": "warrant",
                     "ref": "W-7 \"x\"", "approved-by": "carol", "requested-by": "t1", "for": "1h", "break-glass": true})"});
  ASSERT_TRUE(request) << to_string(request.error().at(0));
  EXPECT_EQ(request->who, "bob");
  EXPECT_THAT(request->clients, ElementsAre("al", "Zoë"));
  EXPECT_EQ(request->reference, "W-7 \"x\"");
  EXPECT_EQ(request->approved_by, "carol");
  EXPECT_EQ(request->requested_by, "t1");
  EXPECT_EQ(request->duration, "1h");
  EXPECT_TRUE(request->is_break_glass);

  const auto refused = read_grant_request(
      {"g.yaml", "who: bob\nstore: mail\naccess: [read, raed]\npurpose: warrant\nreff: W-7\nfor: soon\n"});
  ASSERT_FALSE(refused);
  std::vector<std::string> said;
  for (const Diagnostic& one : refused.error()) said.push_back(to_string(one));
  EXPECT_THAT(said, ElementsAre("g.yaml:1:1: error: a grant needs 'ref'",
                                "g.yaml:3:16: error: 'raed' is not a kind of access (did you mean 'read'?)",
                                "g.yaml:5:1: error: unknown key 'reff' in a grant (did you mean 'ref'?)",
                                "g.yaml:6:6: error: 'soon' is not a duration like 30d, 12h, 15m or 20s"));
  EXPECT_FALSE(read_grant_request({"g.yaml", ""}));
  EXPECT_FALSE(read_grant_request({"g.yaml", "[]"}));
  EXPECT_FALSE(read_grant_request({"g.yaml", "who: &a bob\n"}));
}

TEST(TestsOfPolicies, MayComeWithAGrant) {
  const auto failures = [](const std::string& test) {
    const LoadedPolicy loaded = check_policy(
        {{"p.yaml", kPolicy + "tests:\n  - {who: {exe: /cat, user: bob}, access: read, path: /m/al/1, " +
                        test + "}\n"}});
    if (!loaded.rules) return std::vector{to_string(loaded.diagnostics.at(0))};
    std::vector<std::string> all;
    for (const Difference& one : run_test(*loaded.rules, loaded.rules->tests.at(0)).differences)
      all.push_back(one.what + ": " + one.expected + ", got " + one.got);
    return all;
  };
  EXPECT_THAT(failures("grant: {purpose: warrant}, expect: granted, clause: P7"), IsEmpty());
  EXPECT_THAT(failures("grant: {purpose: warrant, clients: al, access: [read, list]}, expect: granted"),
              IsEmpty());
  EXPECT_THAT(failures("grant: {purpose: warrant, clients: bo}, expect: flagged, reason: outside-grant"),
              IsEmpty());
  EXPECT_THAT(failures("grant: {purpose: warrant, ended: true}, expect: flagged, reason: grant-ended"),
              IsEmpty());
  EXPECT_THAT(failures("expect: granted"), ElementsAre("expect: granted, got flagged"));
  EXPECT_THAT(failures("grant: {purpose: warant}, expect: granted"),
              ElementsAre("p.yaml:13:81: error: no purpose is called 'warant' (did you mean 'warrant'?)"));
}

}  // namespace
}  // namespace purposewatch

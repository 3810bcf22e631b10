#include "exporters/terminal/event_filter.h"

#include <gtest/gtest.h>

#include "exporters/ndjson/event_json.h"
#include "exporters/ndjson/grant_event_json.h"
#include "tests/exporters/event_lines.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using enum EventKey;

json event_of(const GrantEvent& grant) {
  std::string line;
  append_grant_event(line, grant);
  return json::parse(line);
}

using Wanted = std::vector<std::pair<EventKey, std::string>>;

bool matches_all(const Wanted& wanted, const json& event) {
  EventFilter filter;
  for (const auto& [key, text] : wanted) filter[key] = text;
  return matches(filter, keys_of(event));
}

TEST(EventFilter, MatchesByAllThatIsAskedForTogether) {
  const json event = event_of(flagged_read());
  EXPECT_TRUE(matches_all({}, event));
  EXPECT_TRUE(matches_all({{kStore, "client-mail"}, {kClient, "bob"}, {kVerdict, "flagged"}}, event));
  EXPECT_TRUE(matches_all({{kClause, "P7"}, {kIncident, "0123456789abcdef"}, {kKind, "finding"}}, event));
  EXPECT_FALSE(matches_all({{kStore, "client-mail"}, {kClient, "bob"}, {kVerdict, "permitted"}}, event));
  EXPECT_FALSE(matches_all({{kStore, "client-mail"}, {kClient, "alice"}}, event));
  EXPECT_FALSE(matches_all({{kService, "imap"}}, event));
  EXPECT_TRUE(matches_all({{kService, "imap"}}, event_of(permitted_read())));
  EXPECT_TRUE(matches_all({{kId, "6f1c2c1e-0000-4000-8000-000000000001-17"}}, event));
}

TEST(EventFilter, APersonIsWhoHasLoggedInAndElseTheEffectiveUser) {
  Finding finding = flagged_read();
  EXPECT_TRUE(matches_all({{kPerson, "alice"}}, event_of(finding)));
  EXPECT_FALSE(matches_all({{kPerson, "root"}}, event_of(finding))) << "root is what sudo made of alice";
  Subject subject = *finding.subject;
  subject.login_user.clear();
  finding.subject = std::make_shared<const Subject>(subject);
  EXPECT_TRUE(matches_all({{kPerson, "1000"}}, event_of(finding))) << "a login without a name";
  EXPECT_FALSE(matches_all({{kPerson, "root"}}, event_of(finding)));
  subject.login_uid = kUnsetId;
  finding.subject = std::make_shared<const Subject>(subject);
  EXPECT_TRUE(matches_all({{kPerson, "root"}}, event_of(finding))) << "nobody has logged in";
}

TEST(EventFilter, AWayOutIsFoundByWhereItLeads) {
  const json way = event_of(disclosed());
  const std::string address = disclosed().access.disclosure->address;
  EXPECT_TRUE(matches_all({{kTo, address}}, way));
  EXPECT_TRUE(matches_all({{kTo, address + ":53"}, {kVerdict, "flagged"}}, way));
  EXPECT_FALSE(matches_all({{kTo, address + ":444"}}, way));
  Finding copied = disclosed();
  copied.access.disclosure = Disclosure{};
  copied.access.disclosure->path = "/tmp/x";
  EXPECT_TRUE(matches_all({{kTo, "/tmp/x"}}, event_of(copied)));
  EXPECT_FALSE(matches_all({{kTo, "/tmp/x"}}, way));
}

TEST(EventFilter, AGrantIsOfAllItsClientsOfWhoAsksAndOfWhoGetsIt) {
  GrantEvent grant;
  grant.grant.user = "alice";
  grant.grant.clients = {"bob", "dave"};
  grant.by = "carol";
  for (const auto& [key, text] :
       Wanted{{kClient, "bob"}, {kClient, "dave"}, {kPerson, "alice"}, {kPerson, "carol"}, {kKind, "grant"}})
    EXPECT_TRUE(matches_all({{key, text}}, event_of(grant))) << text;
  EXPECT_FALSE(matches_all({{kClient, "alice"}}, event_of(grant)));
  EXPECT_FALSE(matches_all({{kKind, "finding"}}, event_of(grant)));
}

TEST(EventFilter, ARecordOfTheAgentItselfIsFoundByItsKindAndItsOwnText) {
  const json event = json::parse(R"({"purposewatch": {"record": {"kind": "safeguard"},
      "safeguard": {"store": "client-mail", "clause": "P3", "verdict": "flagged"}}})");
  EXPECT_TRUE(matches_all({{kKind, "safeguard"}, {kStore, "client-mail"}, {kClause, "P3"}}, event));
  EXPECT_FALSE(matches_all({{kVerdict, "flagged"}}, event)) << "of a finding alone";
}

TEST(EventFilter, CheckpointsHaveToBeAskedFor) {
  const json event = json::parse(R"({"purposewatch": {"record": {"kind": "checkpoint"}}})");
  EXPECT_FALSE(matches_all({}, event));
  EXPECT_TRUE(matches_all({{kKind, "checkpoint"}}, event));
}

TEST(EventFilter, AClientIsAskedForByTheNameThatTheFileSystemHas) {
  Finding finding = flagged_read();
  finding.verdict.client = "b\xff\\";
  EXPECT_TRUE(matches_all({{kClient, "b\xff\\"}}, event_of(finding)));
}

TEST(EventFilter, WrongTypesMatchNothing) {
  for (const char* text :
       {"null", "[]", "3", R"("purposewatch")", R"({"purposewatch": []})",
        R"({"purposewatch": {"store": 7}})",
        R"({"purposewatch": {"store": {"x": 1}, "clients": "x"}, "user": {"audit": [], "effective": 3}})",
        R"({"purposewatch": {"record": {"kind": ["start"]}, "start": {"store": 3}}, "event": {"id": 7}})"})
    for (std::size_t key = 0; key < kEventKeyCount; ++key)
      EXPECT_FALSE(matches_all({{static_cast<EventKey>(key), "client-mail"}}, json::parse(text))) << text;
}

}  // namespace
}  // namespace purposewatch

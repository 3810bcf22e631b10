#include "exporters/ndjson/grant_event_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporters/ndjson/ndjson_sink.h"
#include "exporters/terminal/event_view.h"
#include "tests/exporters/sample_findings.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

using nlohmann::json;

GrantEvent given() {
  GrantEvent event;
  Grant& grant = event.grant;
  grant.id = "g-0123456789ab";
  grant.user = "alice";
  grant.store = "client-mail";
  grant.clients = {"bob", "\xff\n"};
  grant.access = mask_of(AccessKind::kRead) | mask_of(AccessKind::kList);
  grant.purpose = "legal-process";
  grant.reference = "WARRANT-7";
  grant.approved_by = "carol";
  grant.requested_by = "dave";
  grant.expires_wall_ns = 1'763'919'545'000'000'000;
  event.by = "dave";
  event.wall_ns = 1'763'912'345'000'000'042;
  event.policy = flagged_read().policy;
  event.host = flagged_read().host;
  return event;
}

std::string line_of(const GrantEvent& event) {
  std::string line;
  append_grant_event(line, event);
  return line;
}

TEST(GrantEventJson, SaysWhoMayWhatForHowLongAndWhy) {
  EXPECT_EQ(json::parse(line_of(given())), json::parse(R"({
    "@timestamp": "2025-11-23T15:39:05.000000042Z",
    "ecs": {"version": "8.11.0"},
    "event": {"kind": "event", "category": ["iam"], "type": ["creation"], "action": "grant-given", "outcome": "success"},
    "user": {"name": "dave"},
    "host": {"name": "web1", "id": "0a1b2c3d"},
    "purposewatch": {
      "grant": "g-0123456789ab", "who": "alice", "store": "client-mail", "clients": ["bob", "\\xff\\x0a"],
      "access": ["read", "list"], "purpose": "legal-process", "reference": "WARRANT-7", "approved_by": "carol",
      "requested_by": "dave", "expires": "2025-11-23T17:39:05.000000000Z",
      "policy": {"version": "2011-04-24", "digest": "d1ge57"}}})"));
}

TEST(GrantEventJson, InTwoPartsTheOpenOneNamesNoClient) {
  GrantEvent event = given();
  event.grant.reference = "bob's warrant";
  event.grant.approved_by = "bobby";
  std::string open, personal;
  append_grant_event_parts(open, personal, event);
  EXPECT_EQ(json::parse(personal), json::parse(R"({"purposewatch": {"clients": ["bob", "\\xff\\x0a"],
                                                                     "reference": "bob's warrant"}})"));
  json whole = json::parse(open);
  EXPECT_FALSE(whole["purposewatch"].contains("clients") || whole["purposewatch"].contains("reference"));
  EXPECT_EQ(whole["purposewatch"]["approved_by"], "bobby");
  whole.merge_patch(json::parse(personal));
  EXPECT_EQ(whole, json::parse(line_of(event)));
}

TEST(GrantEventJson, OfAllClientsHasNoPersonalPart) {
  GrantEvent event = given();
  event.grant.clients.clear();
  std::string open, personal;
  append_grant_event_parts(open, personal, event);
  EXPECT_EQ(open, line_of(event));
  EXPECT_EQ(personal, "");
}

TEST(GrantEventJson, OfABreakGlassGrantIsAnAlert) {
  GrantEvent event = given();
  event.grant.is_break_glass = true;
  EXPECT_EQ(json::parse(line_of(event))["event"]["kind"], "alert");
  EXPECT_EQ(json::parse(line_of(event))["purposewatch"]["break_glass"], true);
  event.change = GrantChange::kReviewed;
  EXPECT_EQ(json::parse(line_of(event))["event"]["kind"], "event");
}

TEST(GrantEventJson, OfARefusalSaysWhyAndNotWhatIsNotKnown) {
  GrantEvent event;
  event.change = GrantChange::kRefused;
  event.why = "names \x1bnobody";
  const json refused = json::parse(line_of(event));
  EXPECT_EQ(refused["event"]["outcome"], "failure");
  EXPECT_EQ(refused["event"]["type"], json::array({"info"}));
  EXPECT_EQ(refused["event"]["reason"], "names \\x1bnobody");
  EXPECT_TRUE(refused["purposewatch"].is_object());
  EXPECT_TRUE(refused["purposewatch"].empty());
  EXPECT_FALSE(refused.contains("user"));
}

TEST(GrantEventJson, IsALineOfItsOwnAmongTheFindings) {
  const TempDir dir;
  auto sink = NdjsonSink::open(dir / "events");
  ASSERT_TRUE(sink);
  (*sink)->accept(flagged_read());
  (*sink)->note(given());
  const std::string lines = read_file(dir / "events");
  ASSERT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(lines.substr(lines.find('\n') + 1), line_of(given()) + "\n");
}

TEST(GrantEventJson, IsShownAsALine) {
  const auto shown = [](const GrantEvent& event) {
    return EventView{false}.line(json::parse(line_of(event)));
  };
  EXPECT_THAT(shown(given()),
              testing::HasSubstr("grant-given  client-mail/bob,\\xff\\x0a  read,list  legal-process"));
  EXPECT_THAT(shown(given()), testing::EndsWith("alice (by dave)               g-0123456789ab WARRANT-7"));
  GrantEvent refused = given();
  refused.change = GrantChange::kRefused;
  refused.grant.id.clear();
  refused.why = "no";
  EXPECT_THAT(shown(refused), testing::EndsWith("  WARRANT-7: no"));
  EXPECT_THAT(EventView{true}.line(json::parse(line_of(given()))),
              testing::HasSubstr("\x1b[33mgrant-given\x1b[0m"));
}

}  // namespace
}  // namespace purposewatch

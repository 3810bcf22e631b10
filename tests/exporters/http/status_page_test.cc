#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/http/agent_pages.h"
#include "exporters/http/status_sections.h"
#include "exporters/http/status_summary.h"
#include "exporters/http/web_parts.h"
#include "tests/exporters/golden_file.h"
#include "tests/exporters/http/sample_health.h"

namespace purposewatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kHost = "web7.example.net", kVersion = "0.1.0";

std::string status_of(const Health& health, bool refreshes = true) {
  return status_page({kHost, kVersion, health, kNow}, refreshes);
}

std::string landing_of(const Health& health) {
  return landing_page({kHost, kVersion, health, kNow}, false);
}

// What a hostile policy, kernel or file could put into a name.
Health hostile_health() {
  const std::string name = "<script>alert(1)</script>\"'&\x1b\xff";
  Health health = troubled_health();
  health.backend = health.not_ready_reason = health.reload_error = name;
  health.ready = false;
  health.policy = {name, name, name};
  health.stores = {{name, kNow, 1}};
  health.incidents = {{name, "critical", 1}};
  health.threats = {{name, name, name, 1}};
  health.accesses = {{name, name, name, name, 1}};
  health.flagged = {{name, name, name, 1}};
  health.grants = {{name, 1, kNow, 1}};
  health.hooks = {{name, name, false, kNow, name}};
  health.lost = {{name, 1}};
  health.maps = {{name, 10, 10}};
  return health;
}

TEST(StatusPage, IsWhatTheGoldenFilesHold) {
  expect_golden("status_calm.html", status_of(calm_health(), false));
  expect_golden("status_troubled.html", status_of(troubled_health(), false));
  expect_golden("status_blind.html", status_of(blind_health(), false));
  expect_golden("landing.html", landing_of(calm_health()));
}

TEST(StatusPage, IsLoadedAnewUnlessItIsToKeepStill) {
  EXPECT_THAT(status_of(calm_health()),
              AllOf(HasSubstr("http-equiv=\"refresh\" content=\"30\""), HasSubstr("href=\"/status/still\"")));
  EXPECT_THAT(status_of(calm_health(), false),
              AllOf(Not(HasSubstr("http-equiv=\"refresh\"")), HasSubstr("href=\"/status\"")));
}

TEST(StatusPage, HasNoScriptAndEscapesEveryName) {
  for (const std::string& page : {status_of(hostile_health()), landing_of(hostile_health()),
                                  status_page({"<script>", "<script>", hostile_health(), kNow}, true)})
    EXPECT_THAT(page, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("\x1b")), Not(HasSubstr("\xff")),
                            Not(HasSubstr("\"'&\\x1b")), HasSubstr("&lt;script&gt;")));
}

TEST(StatusPage, ShowsNoPaths) {
  EXPECT_THAT(status_of(troubled_health()),
              AllOf(Not(HasSubstr("/etc/")), HasSubstr("mail.yaml:12:3: error: unknown key")));
  EXPECT_EQ(without_directories("cannot open '/var/vmail/bob': denied (/a/b), 3/4"),
            "cannot open 'bob': denied (b), 3/4");
  EXPECT_EQ(without_directories("/"), "");
  EXPECT_EQ(without_directories(""), "");
}

TEST(StatusPage, OfAnAgentThatHasNothingYetIsWhole) {
  EXPECT_THAT(status_of(Health{}),
              AllOf(HasSubstr("The agent is blind"), HasSubstr("The policy names no store"),
                    HasSubstr("None is kept"), HasSubstr("</html>")));
}

TEST(StatusPage, PutsTheStoreThatNeedsAPersonFirst) {
  const std::string html = stores_section(troubled_health(), kNow);
  EXPECT_LT(html.find(">client-mail"), html.find(">billing-db"));
  EXPECT_LT(html.find(">billing-db"), html.find(">web-logs"));
  EXPECT_THAT(html, AllOf(HasSubstr("open: 1 loss, 2 misuse"), HasSubstr(">1,206<"), HasSubstr("3 min ago")));
}

TEST(StatusPage, SaysThatNothingWasLostOrWhereItWas) {
  EXPECT_THAT(losses_section(calm_health()), HasSubstr("Nothing was lost at any stage"));
  EXPECT_THAT(losses_section(troubled_health()),
              AllOf(HasSubstr(">12<"), HasSubstr("the ring between kernel and agent was full")));
}

TEST(StatusPage, TellsTablesThatMayFillFromThoseMadeToMeasure) {
  Health health;
  health.maps = {{"marks", 1, 1000}, {"states", 7, 7}, {"globs", 0, 0}};
  EXPECT_THAT(tables_section(health), AllOf(HasSubstr("<code>marks</code>"), HasSubstr("0 %"),
                                            HasSubstr("the policy needs them: states 7.")));
}

TEST(StatusSummary, SaysThatAllIsWell) {
  const StatusSummary summary = summary_of(calm_health());
  EXPECT_EQ(summary.headline, "All is well");
  EXPECT_EQ(summary.tone, Tone::kGood);
  EXPECT_THAT(summary.concerns, testing::IsEmpty());
}

TEST(StatusSummary, PutsTheWorstFirst) {
  const StatusSummary summary = summary_of(troubled_health());
  EXPECT_EQ(summary.headline, "4 incidents are open, 1 of them critical");
  EXPECT_EQ(summary.tone, Tone::kBad);
  std::vector<std::string> said;
  for (const Concern& concern : summary.concerns) said.push_back(concern.what);
  EXPECT_THAT(
      said, testing::ElementsAre("4 incidents are open, 1 of them critical", "The evidence cannot be written",
                                 "1 safeguard does not hold", "The evidence runs out of room",
                                 "13 events were lost since the agent started",
                                 "1 Alertmanager of 2 cannot be told of alerts",
                                 "The policy that was offered last was refused",
                                 "1 break-glass grant waits for somebody else's review"));
}

TEST(StatusSummary, TellsBlindFromShortSighted) {
  EXPECT_EQ(summary_of(blind_health()).headline, "The agent is blind");
  EXPECT_THAT(summary_of(blind_health()).concerns.front().detail,
              StartsWith("hook file_open is not attached"));
  Health health = blind_health();
  health.hooks[1].up = true;
  EXPECT_EQ(summary_of(health).headline, "The agent does not see every access");
}

TEST(StatusSummary, TellsWhenNobodyIsPaged) {
  Health health = calm_health();
  health.paging = PagingHealth{1, 3, 2, {}};
  EXPECT_EQ(summary_of(health).headline, "All is well");
  health.paging->failing = {"http://am2:9093"};
  EXPECT_EQ(summary_of(health).headline, "1 Alertmanager of 2 cannot be told of alerts");
  EXPECT_EQ(summary_of(health).tone, Tone::kWarning);
  EXPECT_EQ(summary_of(health).concerns.front().detail, "http://am2:9093");
  health.paging->failing = {"http://am1:9093", "http://am2:9093"};
  EXPECT_EQ(summary_of(health).headline, "Alerts reach no Alertmanager");
  EXPECT_EQ(summary_of(health).tone, Tone::kBad);
}

TEST(StatusSummary, TellsWhatDoesNotHold) {
  Health health = calm_health();
  EXPECT_EQ(summary_of(health).headline, "All is well") << "what nobody can know is in its section";
  health.safeguards[1].result.state = SafeguardState::kViolated;
  EXPECT_EQ(summary_of(health).headline, "1 safeguard does not hold");
  EXPECT_EQ(summary_of(health).tone, Tone::kWarning);
  health.safeguards[0].result.state = SafeguardState::kViolated;
  EXPECT_EQ(summary_of(health).headline, "2 safeguards do not hold");
  EXPECT_EQ(summary_of(health).tone, Tone::kBad) << "somebody may be at the machine";
  EXPECT_EQ(summary_of(health).concerns.front().detail, "removable-storage-absent, store-encrypted-at-rest");
}

TEST(StatusSummary, CountsIncidentsInWords) {
  const auto headline = [](std::vector<IncidentCount> incidents) {
    Health health = calm_health();
    health.incidents = std::move(incidents);
    return summary_of(health).headline;
  };
  EXPECT_EQ(headline({{"a", "notice", 1}}), "1 notice incident is open");
  EXPECT_EQ(headline({{"a", "warning", 1}, {"b", "warning", 1}}), "2 warning incidents are open");
  EXPECT_EQ(headline({{"a", "notice", 1}, {"b", "warning", 1}}), "2 incidents are open, 1 of them warning");
}

TEST(Latency, IsTheBoundThatNinetyNineOfAHundredKeep) {
  Latencies latencies;
  EXPECT_EQ(latency_text(latencies), "");
  for (int i = 0; i < 99; ++i) latencies.add(0.0004);
  latencies.add(9);
  EXPECT_EQ(latency_text(latencies), "within 0.5 ms");
  latencies.add(9);
  EXPECT_EQ(latency_text(latencies), "longer than 2.5 s");
}

TEST(When, SaysBothHowLongAgoAndExactly) {
  EXPECT_EQ(when_html(kNow - 200.5, kNow),
            "<time datetime=\"2025-11-23T15:36:39Z\">3 min ago</time><small>2025-11-23 15:36:39 UTC</small>");
  EXPECT_THAT(when_html(0, kNow), HasSubstr("never"));
  EXPECT_THAT(when_html(1e300, kNow), HasSubstr("2255-"));
}

}  // namespace
}  // namespace purposewatch

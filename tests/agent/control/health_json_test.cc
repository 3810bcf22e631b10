#include "agent/control/health_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace purposewatch {
namespace {

using nlohmann::json;

TEST(HealthJson, IsOneLineAlsoWhenThereIsNothingToSay) {
  const std::string line = health_json({});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const json parsed = json::parse(line);
  EXPECT_EQ(parsed["ready"], false);
  EXPECT_EQ(parsed["stores"], json::object());
  EXPECT_EQ(parsed["capabilities"], json::array());
  EXPECT_EQ(parsed["events"]["seen"], 0);
}

TEST(HealthJson, SumsTheSeriesOfEachStore) {
  Health health;
  health.stores = {{"mail", 12.5, 20}, {"old", 0, 3}};
  health.accesses = {
      {"mail", "imap", "serve", "read", 3}, {"mail", "", "", "list", 4}, {"old", "x", "y", "read", 5}};
  health.flagged = {{"mail", "read", "no-permit", 6}, {"mail", "write", "no-permit", 7}};
  const json stores = json::parse(health_json(health))["stores"];
  EXPECT_EQ(stores["mail"]["permitted"], 7);
  EXPECT_EQ(stores["mail"]["flagged"], 13);
  EXPECT_EQ(stores["mail"]["last_flagged_timestamp"], 12.5);
  EXPECT_EQ(stores["old"]["permitted"], 5);
  EXPECT_EQ(json::parse(health_json(health))["events"]["suppressed"], 23);
}

TEST(HealthJson, HasWhatAPersonHasToLookAt) {
  Health health;
  health.incidents = {{"mail", "critical", 2}, {"mail", "notice", 0}};
  health.grants = {{.purpose = "legal-process", .active = 1, .expiry_timestamp = 7.5, .unreviewed = 3}};
  health.evidence.emplace().records = 41;
  health.paging = {.successes = 5, .failures = 6, .receivers = 1, .failing = {}};
  health.safeguards = {
      {"raid-healthy", "P3", SafeguardKind::kLoss, {SafeguardState::kViolated, "md0", "Mend it."}, 8.5}};
  const json parsed = json::parse(health_json(health));
  EXPECT_EQ(parsed["safeguards"], (json{{{"safeguard", "raid-healthy"},
                                         {"kind", "loss"},
                                         {"clause", "P3"},
                                         {"state", "violated"},
                                         {"why", "md0"},
                                         {"remedy", "Mend it."},
                                         {"checked_timestamp", 8.5}}}));
  EXPECT_EQ(parsed["stores"]["mail"]["open_incidents"], (json{{"critical", 2}, {"notice", 0}}));
  EXPECT_EQ(parsed["grants"]["legal-process"]["expiry_timestamp"], 7.5);
  EXPECT_EQ(parsed["grants"]["legal-process"]["unreviewed"], 3);
  EXPECT_EQ(parsed["evidence"]["records"], 41);
  EXPECT_EQ(parsed["evidence"]["writable"], true);
  EXPECT_EQ(parsed["alert_deliveries"]["failure"], 6);
  EXPECT_FALSE(json::parse(health_json({})).contains("alert_deliveries"));
}

TEST(HealthJson, CarriesCountsBeyondWhatADoubleHolds) {
  Health health;
  health.seen = 18446744073709551615ULL;
  health.accesses = {{"mail", "imap", "serve", "read", 9007199254740993ULL}};
  const json parsed = json::parse(health_json(health));
  EXPECT_EQ(parsed["events"]["seen"].get<std::uint64_t>(), 18446744073709551615ULL);
  EXPECT_EQ(parsed["stores"]["mail"]["permitted"].get<std::uint64_t>(), 9007199254740993ULL);
}

TEST(HealthJson, SaysWhatIsLostAndWhichHooksAreUp) {
  Health health;
  health.lost = {{"ring", 2}, {"orphan", 0}};
  health.hooks = {{"file_open", "lsm", false, 0, "the kernel refuses"}};
  health.maps = {{"states", 5, 6}};
  const json parsed = json::parse(health_json(health));
  EXPECT_EQ(parsed["events"]["lost"]["ring"], 2);
  EXPECT_EQ(parsed["events"]["lost"]["orphan"], 0);
  EXPECT_EQ(parsed["hooks"][0]["hook"], "file_open");
  EXPECT_EQ(parsed["hooks"][0]["up"], false);
  EXPECT_EQ(parsed["hooks"][0]["why"], "the kernel refuses");
  EXPECT_EQ(parsed["maps"][0]["capacity"], 6);
}

TEST(HealthJson, StaysJsonWhateverTheWordsAre) {
  Health health;
  health.reload_error = "p.yaml:1:1: '\xff\n\x1b[31m\"\\' is unknown";
  health.not_ready_reason = std::string("\0x", 2);
  const json parsed = json::parse(health_json(health));
  EXPECT_NE(parsed["reload"]["error"].get<std::string>().find("is unknown"), std::string::npos);
}

}  // namespace
}  // namespace purposewatch

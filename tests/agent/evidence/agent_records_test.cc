#include "agent/evidence/agent_records.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "agent/evidence/space_watch.h"

namespace purposewatch {
namespace {

using nlohmann::json;

constexpr LogClocks kNow{5, 7};

TEST(AgentRecords, AGapIsWhatWasLostSinceTheLastLook) {
  const std::vector<StageLoss> before = {{"ring", 3}, {"decode", 1}};
  EXPECT_FALSE(gap_record(before, before, kNow));
  EXPECT_FALSE(gap_record(before, {{"ring", 2}}, kNow));  // a counter that began anew
  const auto gap = gap_record(before, {{"ring", 10}, {"decode", 1}, {"orphan", 2}}, kNow);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->kind, RecordKind::kGap);
  EXPECT_EQ(gap->boot_ns, 5U);
  EXPECT_EQ(gap->wall_ns, 7);
  EXPECT_EQ(json::parse(gap->open), json::parse(R"({"why": "lost", "stages": {"ring": 7, "orphan": 2}})"));
}

TEST(AgentRecords, AReloadSaysWhichPolicyIsInForceAndWhyAnotherWasRefused) {
  const PolicyIdentity policy{"promise", "2", "d1ge57"};
  const json accepted = json::parse(reload_record(policy, "", kNow).open);
  EXPECT_EQ(accepted["outcome"], "success");
  EXPECT_EQ(accepted["policy"], (json{{"name", "promise"}, {"version", "2"}, {"digest", "d1ge57"}}));
  EXPECT_FALSE(accepted.contains("error"));
  const json refused = json::parse(reload_record(policy, "a.yaml:3: \x1b[2J\xff", kNow).open);
  EXPECT_EQ(refused["outcome"], "failure");
  EXPECT_EQ(refused["error"], "a.yaml:3: \\x1b[2J\\xff");
}

TEST(AgentRecords, ASafeguardSaysHowItIsAndWhy) {
  const SafeguardHealth safeguard{
      "raid-healthy", "P3", SafeguardKind::kLoss, {SafeguardState::kViolated, "md0", "Mend it."}, 8.5};
  const RecordDraft record = safeguard_record(safeguard, kNow);
  EXPECT_EQ(record.kind, RecordKind::kSafeguard);
  EXPECT_EQ(json::parse(record.open), (json{{"safeguard", "raid-healthy"},
                                            {"kind", "loss"},
                                            {"clause", "P3"},
                                            {"state", "violated"},
                                            {"why", "md0"}}));
}

TEST(AgentRecords, ABootIdIsSixteenBytesOrNone) {
  const BootId id = boot_id_of("6f1c2c1e-0000-4000-8000-0000000000ff");
  EXPECT_EQ(id[0], 0x6f);
  EXPECT_EQ(id[6], 0x40);
  EXPECT_EQ(id[15], 0xff);
  for (const char* text :
       {"", "6f1c2c1e", "6f1c2c1e-0000-4000-8000-0000000000ff0", "zf1c2c1e-0000-4000-8000-0000000000ff"})
    EXPECT_EQ(boot_id_of(text), BootId{}) << text;
}

TEST(SpaceWatch, TellsEachStageOnceAndItsEndTwoPercentLower) {
  SpaceWatch watch;
  const auto look = [&](std::uint64_t used) { return watch.look({100 - used, 100}).value_or(""); };
  EXPECT_EQ(look(10), "");
  EXPECT_EQ(look(76), "75");
  EXPECT_EQ(look(77), "");
  EXPECT_EQ(look(74), "");
  EXPECT_EQ(look(91), "90");
  EXPECT_EQ(look(89), "");
  EXPECT_EQ(look(87), "75");
  EXPECT_EQ(look(72), "ok");
  EXPECT_EQ(look(95), "90");
  EXPECT_EQ(watch.look({0, 0}), std::nullopt);  // a file system that does not say
}

}  // namespace
}  // namespace purposewatch

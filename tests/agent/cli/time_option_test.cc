#include "agent/cli/time_option.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace purposewatch {
namespace {

constexpr std::int64_t kTypedAt = 1'763'912'345'000'000'042;  // 2025-11-23T15:39:05Z

std::int64_t read(const std::string& text) {
  const auto moment = moment_of_text(text, kTypedAt);
  EXPECT_TRUE(moment) << text;
  return moment.value_or(0);
}

TEST(TimeOption, SaysHowLongAgo) {
  EXPECT_EQ(read("2h"), kTypedAt - 7200'000'000'000);
  EXPECT_EQ(read("30d"), kTypedAt - 30 * 86'400'000'000'000);
}

TEST(TimeOption, TakesWhatEventsShow) {
  EXPECT_EQ(read("2025-11-23T15:39:05.000000042Z"), kTypedAt);
  EXPECT_EQ(read("2025-11-23t15:39:05.000000042z"), kTypedAt);
  EXPECT_EQ(read("2025-11-23T15:39:05.0000000429999Z"), kTypedAt) << "beyond nanoseconds";
  EXPECT_EQ(read("2025-11-23T15:39:05.5Z"), kTypedAt - 42 + 500'000'000);
  EXPECT_EQ(read("2025-11-23T16:39:05+01:00"), kTypedAt - 42);
  EXPECT_EQ(read("2025-11-23T10:09:05-05:30"), kTypedAt - 42);
}

TEST(TimeOption, TakesADayOrAMinuteInAZone) {
  EXPECT_EQ(read("2025-11-23 UTC"), 1'763'856'000'000'000'000);
  EXPECT_EQ(read("2025-11-23 15:39 UTC"), 1'763'912'340'000'000'000);
  EXPECT_EQ(read("2025-11-23 16:39 Europe/Berlin"), 1'763'912'340'000'000'000);
  EXPECT_NEAR(static_cast<double>(read("2025-11-23")), 1.763856e18, 14.01 * 3.6e12) << "the host's zone";
}

TEST(TimeOption, RefusesAllElseAndSaysWhatItTakes) {
  for (const char* text : {"",
                           "x",
                           "2x",
                           "-2h",
                           "2025",
                           "2025-11",
                           "2025-13-01",
                           "2025-02-30",
                           "2025-11-23T15:39:05",
                           "2025-11-23T25:00:00Z",
                           "2025-11-23T15:60:05Z",
                           "2025-11-23T15:39:60Z",
                           "2025-11-23T15:39:05.Z",
                           "2025-11-23T15:39:05+24:00",
                           "2025-11-23T15:39:05Zx",
                           "2025-11-23T15:39:-5Z",
                           "2025-11-23T+5:39:05Z",
                           "0000-01-01T00:00:00Z",
                           "9999-01-01T00:00:00Z",
                           "2025-11-23 15:39 Nowhere/Land",
                           "yesterday"}) {
    const auto moment = moment_of_text(text, kTypedAt);
    ASSERT_FALSE(moment) << text;
    EXPECT_NE(moment.error().message.find("write how long ago (2h"), std::string::npos);
  }
}

}  // namespace
}  // namespace purposewatch

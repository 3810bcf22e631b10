#include "agent/cli/moment_option.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

constexpr std::int64_t kNow = 1'763'912'345'000'000'000;

TEST(MomentOption, TakesMomentsDaysAndDurations) {
  EXPECT_EQ(parse_moment_option("2025-11-23T15:39:05Z", kNow), kNow);
  EXPECT_EQ(parse_moment_option("2025-11-23T15:39:05.000000042Z", kNow), kNow + 42);
  EXPECT_EQ(parse_moment_option("2025-11-23 15:39 UTC", kNow), kNow - 5'000'000'000);
  EXPECT_EQ(parse_moment_option("20s", kNow), kNow - 20'000'000'000);
  EXPECT_TRUE(parse_moment_option("2025-11-23", kNow));
}

TEST(MomentOption, RefusesTheRest) {
  for (const char* text :
       {"", "soon", "2025-11-23T15:39:05", "2025-11-23T15:39:05+01:00", "2025-13-01", "10"})
    EXPECT_FALSE(parse_moment_option(text, kNow)) << text;
}

}  // namespace
}  // namespace purposewatch

#include "agent/kernel/open_seconds.h"

#include <gtest/gtest.h>

#include "bpf/abi.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

constexpr std::int64_t kOneSecond = 1'000'000'000;

std::int64_t at(const std::string& moment) {
  return parse_moment(moment)->ns;
}

// Nights from 02:00 to 05:00, told at noon, when the host has been up for an hour and a half second.
class OpenSeconds : public testing::Test {
 protected:
  std::vector<Window> nights_ = {*parse_window("02:00-05:00 UTC", {})};
  std::int64_t noon_ = at("2026-11-25 12:00 UTC");
  std::int64_t boot_ = 3600 * kOneSecond + kOneSecond / 2;

  bool is_open(const std::string& moment, std::int64_t later_ns = 0) const {
    const auto word = open_seconds(nights_, noon_, boot_);
    return pw_is_open(word, static_cast<__u64>(at(moment) - noon_ + boot_ + later_ns)) != 0;
  }
};

TEST_F(OpenSeconds, AreThoseOfTheNextOpening) {
  EXPECT_FALSE(is_open("2026-11-25 12:00 UTC"));
  EXPECT_FALSE(is_open("2026-11-26 01:59 UTC"));
  EXPECT_TRUE(is_open("2026-11-26 02:01 UTC"));
  EXPECT_TRUE(is_open("2026-11-26 04:59 UTC"));
  EXPECT_FALSE(is_open("2026-11-26 05:00 UTC"));
  EXPECT_FALSE(is_open("2026-11-27 03:00 UTC"));  // the one after is told later
}

TEST_F(OpenSeconds, AreWholeOnesWithinTheWindow) {
  EXPECT_FALSE(is_open("2026-11-26 02:00 UTC"));
  EXPECT_TRUE(is_open("2026-11-26 02:00 UTC", kOneSecond / 2));
  EXPECT_TRUE(is_open("2026-11-26 05:00 UTC", -kOneSecond));
  EXPECT_FALSE(is_open("2026-11-26 05:00 UTC", -kOneSecond / 4));
}

TEST_F(OpenSeconds, OfAWindowThatWasOpenBeforeTheHostBeginWithIt) {
  nights_ = {*parse_window("00:00-24:00 UTC", {})};
  boot_ = 60 * kOneSecond;
  EXPECT_TRUE(is_open("2026-11-25 12:00 UTC", -60 * kOneSecond));
  EXPECT_TRUE(is_open("2026-11-25 23:59 UTC"));
  EXPECT_FALSE(is_open("2026-11-26 00:00 UTC"));
}

TEST_F(OpenSeconds, WithoutWindowsAreNone) {
  EXPECT_EQ(open_seconds({}, noon_, boot_), 0U);
  EXPECT_FALSE(pw_is_open(0, 0));
  EXPECT_FALSE(pw_is_open(0, ~0ULL));
}

}  // namespace
}  // namespace purposewatch

#include <gtest/gtest.h>

#include <cstdint>

#include "exporters/text/number_text.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

TEST(NumberText, IsGrouped) {
  EXPECT_EQ(number_text(999), "999");
  EXPECT_EQ(number_text(1'000), "1,000");
  EXPECT_EQ(number_text(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(SizeText, HasTheUnitThatFits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(std::uint64_t{41} << 30U), "41.0 GiB");
}

TEST(AgoText, SaysHowLongInOneFigure) {
  constexpr double kNow = 1'763'912'345;
  EXPECT_EQ(ago_text(kNow, kNow), "just now");
  EXPECT_EQ(ago_text(kNow - 0.9, kNow), "just now");
  EXPECT_EQ(ago_text(kNow - 1, kNow), "1 s ago");
  EXPECT_EQ(ago_text(kNow - 59.9, kNow), "59 s ago");
  EXPECT_EQ(ago_text(kNow - 200, kNow), "3 min ago");
  EXPECT_EQ(ago_text(kNow - 3600, kNow), "1 h ago");
  EXPECT_EQ(ago_text(kNow - 47 * 3600, kNow), "47 h ago");
  EXPECT_EQ(ago_text(kNow - 48 * 3600, kNow), "2 days ago");
  EXPECT_EQ(ago_text(kNow + 7200, kNow), "in 2 h");
}

}  // namespace
}  // namespace purposewatch

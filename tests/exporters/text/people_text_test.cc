#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

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
  EXPECT_EQ(ago_text(0, 1e300), "104166 days ago") << "a figure, whatever was there";
  EXPECT_EQ(ago_text(0, std::nan("")), "just now");
}

TEST(Rfc3339, IsReadAsItWasWritten) {
  for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'763'912'345'000'000'042},
                                std::numeric_limits<std::int64_t>::max()})
    EXPECT_EQ(wall_ns_of_rfc3339(rfc3339(ns)), ns);
  EXPECT_EQ(wall_ns_of_rfc3339("2025-11-23T15:39:05Z"), 1'763'912'345'000'000'000);
  EXPECT_EQ(wall_ns_of_rfc3339("2025-11-23T15:39:05.5Z"), 1'763'912'345'500'000'000);
  EXPECT_EQ(wall_ns_of_rfc3339("2025-11-23T15:39:05.00000004299999Z"), 1'763'912'345'000'000'042);
  EXPECT_EQ(wall_ns_of_rfc3339("yesterday"), 0);
}

TEST(Rfc3339, OfYearsThatNoClockReachesIsNoMoment) {
  for (const char* text : {"2262-04-11T23:47:16.854775808Z", "2262-04-12T00:00:00Z",
                           "9999-12-31T23:59:59.999Z", "1600-01-01T00:00:00Z", "0000-01-01T00:00:00Z"})
    EXPECT_EQ(wall_ns_of_rfc3339(text), 0) << text;
}

TEST(SecondsOfAMetric, AreWholeAndWithinWhatAClockReaches) {
  EXPECT_EQ(wall_ns_of_seconds(1.9), 1'000'000'000);
  EXPECT_EQ(wall_ns_of_seconds(std::nan("")), 0);
  EXPECT_EQ(moment_text(wall_ns_of_seconds(1e300)), "2255-03-14 16:00:00");
  EXPECT_EQ(moment_text(wall_ns_of_seconds(-1e300)).substr(0, 4), "1684");
}

}  // namespace
}  // namespace purposewatch

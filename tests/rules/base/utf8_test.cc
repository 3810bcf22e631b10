#include "rules/base/utf8.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

TEST(Utf8, KnowsHowLongACharacterIs) {
  EXPECT_EQ(utf8_length("a"), 1U);
  EXPECT_EQ(utf8_length("\xc3\xa9!"), 2U);
  EXPECT_EQ(utf8_length("\xe2\x82\xac"), 3U);
  EXPECT_EQ(utf8_length("\xf0\x9f\x93\xac"), 4U);
}

TEST(Utf8, RefusesWhatIsNoCharacter) {
  for (const char* bad :
       {"", "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xc3(", "\xe2\x82("})
    EXPECT_EQ(utf8_length(bad), 0U) << bad;
}

}  // namespace
}  // namespace purposewatch

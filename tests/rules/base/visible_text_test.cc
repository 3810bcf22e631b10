#include "rules/base/visible_text.h"

#include <gtest/gtest.h>

#include <string>

#include "rules/base/utf8.h"

namespace purposewatch {
namespace {

using namespace std::string_literals;

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = first_code_point(text);
    if (next.length == 0) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

TEST(VisibleText, OrdinaryNamesStayAsTheyAre) {
  for (const std::string name : {"", "/home/bob/Maildir/cur/1:2,S", "grün ☃ 邮件 😀", "a b"}) {
    EXPECT_EQ(visible_text(name), name);
    EXPECT_TRUE(is_visible(name));
  }
}

TEST(VisibleText, ControlCharactersAndBytesThatAreNoTextAreShownAsHexadecimal) {
  EXPECT_EQ(visible_text("a\nb"), "a\\x0ab");
  EXPECT_EQ(visible_text("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(visible_text("\x7f\t\r\0"s), "\\x7f\\x09\\x0d\\x00");
  EXPECT_EQ(visible_text("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(visible_text("\xc3"), "\\xc3") << "a sequence cut short";
  EXPECT_EQ(visible_text("\xc0\xaf"), "\\xc0\\xaf") << "an overlong slash";
  EXPECT_EQ(visible_text("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
}

TEST(VisibleText, InvisibleAndDirectionChangingCharactersAreShownByTheirNumber) {
  EXPECT_EQ(visible_text("\u0085"), "\\u0085") << "C1: next line";
  EXPECT_EQ(visible_text("\u009b31m"), "\\u009b31m") << "C1: control sequence introducer";
  EXPECT_EQ(visible_text("invoice\u202efdp.exe"), "invoice\\u202efdp.exe");
  for (const auto& [text, shown] : {std::pair{"\u200e", "\\u200e"},
                                    {"\u200f", "\\u200f"},
                                    {"\u061c", "\\u061c"},
                                    {"\ufeff", "\\ufeff"},
                                    {"\u2066", "\\u2066"},
                                    {"\u2069", "\\u2069"},
                                    {"\u2028", "\\u2028"},
                                    {"\u200b", "\\u200b"},
                                    {"\u00ad", "\\u00ad"},
                                    {"\U000e0041", "\\U000e0041"}})
    EXPECT_EQ(visible_text(text), shown);
}

TEST(VisibleText, ADoubledBackslashKeepsTheTextUnambiguous) {
  EXPECT_EQ(visible_text("\\x1b"), "\\\\x1b");
  EXPECT_NE(visible_text("\\x1b"), visible_text("\x1b"));
  EXPECT_EQ(visible_text("\\x1b\x1b", Backslash::kKeep), "\\x1b\\x1b");
  EXPECT_FALSE(is_visible("\\"));
  EXPECT_TRUE(is_visible("\\", Backslash::kKeep));
}

TEST(VisibleText, EveryPairOfBytesGivesOneLineOfValidUtf8AndSaysWhetherItChanged) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string bytes = {static_cast<char>(first), static_cast<char>(second)};
      const std::string shown = visible_text(bytes);
      ASSERT_TRUE(is_valid_utf8(shown)) << first << " " << second;
      ASSERT_TRUE(is_visible(shown, Backslash::kKeep)) << first << " " << second;
      ASSERT_EQ(is_visible(bytes), shown == bytes) << first << " " << second;
    }
  }
}

TEST(DisplayWidth, CountsWideCharactersTwice) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("grün"), 4U);
  EXPECT_EQ(display_width("邮件"), 4U);
}

}  // namespace
}  // namespace purposewatch

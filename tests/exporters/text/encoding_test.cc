#include "exporters/text/encoding.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string json_string(std::string_view bytes) {
  std::string out;
  append_json_string(out, bytes);
  return out;
}

TEST(Base64, FollowsTheExamplesOfItsStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

TEST(JsonString, IsJsonForAnyBytes) {
  EXPECT_EQ(json_string("plain"), "\"plain\"");
  EXPECT_EQ(json_string("say \"hi\""), R"("say \"hi\"")");
  EXPECT_EQ(json_string("\x1b"), R"("\\x1b")");
  EXPECT_EQ(json_string("\\"), R"("\\\\")");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = json_string(std::string(3, static_cast<char>(byte)));
    EXPECT_TRUE(nlohmann::json::accept(text)) << byte;
  }
}

TEST(HtmlText, HasNoMarkup) {
  EXPECT_EQ(html_text("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  EXPECT_EQ(html_text("\x1b"), "\\x1b");
}

std::string rfc3339(std::int64_t wall_ns) {
  std::string out;
  append_rfc3339(out, wall_ns);
  return out;
}

TEST(Rfc3339, KeepsNanosecondsAndAcceptsAnyMoment) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339(1'709'208'000'000'000'042), "2024-02-29T12:00:00.000000042Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(rfc3339(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
}

TEST(Encoding, Base64IsReadAsItWasWritten) {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    std::string text;
    append_base64(text, bytes);
    EXPECT_EQ(from_base64(text), bytes);
    bytes += static_cast<char>(length);
  }
  for (const char* none : {"a", "abc", "ab=c", "====", "a===", "ab==abcd", "ab\nc", "abc*"})
    EXPECT_FALSE(from_base64(none)) << none;
}

}  // namespace
}  // namespace purposewatch

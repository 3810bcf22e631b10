#include "agent/daemon/logging.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

using nlohmann::json;

const std::string kHostile("a\nb\r\"q\" \x1b[31m back\\slash \xff\xc3 \xe2\x80\xae \0 tail=\"x\"", 41);

class Logging : public testing::Test {
 protected:
  Logging() : before_(spdlog::default_logger()) {}
  ~Logging() override { spdlog::set_default_logger(before_); }

  // Everything that is on stderr after one message.
  std::string logged(const std::string& format, const std::string& message,
                     spdlog::level::level_enum level = spdlog::level::info) {
    EXPECT_TRUE(set_up_logging("debug", format));
    testing::internal::CaptureStderr();
    spdlog::log(level, "{}", message);
    return testing::internal::GetCapturedStderr();
  }

 private:
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(Logging, AsLogfmtIsTimeLevelAndMessage) {
  const std::string line = logged("logfmt", "policy a b is in force", spdlog::level::warn);
  const std::string time = line.substr(0, line.find(' '));
  std::string shape = time;
  for (char& byte : shape)
    if (byte >= '0' && byte <= '9') byte = '9';
  EXPECT_EQ(shape, "time=9999-99-99T99:99:99.999Z");
  EXPECT_EQ(line, time + " level=warn msg=\"policy a b is in force\"\n");
}

TEST_F(Logging, AsJsonIsAnObjectPerLine) {
  const json line = json::parse(logged("json", "watching", spdlog::level::err));
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["msg"], "watching");
  EXPECT_EQ(line.size(), 3U);
}

TEST_F(Logging, OfHostileTextIsOneLineWithoutControlsThatReadsBackAsVisibleText) {
  for (const char* format : {"logfmt", "json"}) {
    const std::string line = logged(format, kHostile);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    EXPECT_TRUE(is_visible(line.substr(0, line.size() - 1), Backslash::kKeep)) << line;
  }
  const json line = json::parse(logged("json", kHostile), nullptr, false);
  ASSERT_FALSE(line.is_discarded()) << logged("json", kHostile);
  EXPECT_EQ(line["msg"], visible_text(kHostile));
}

// logfmt's quoted values are JSON strings.
TEST_F(Logging, AsLogfmtQuotesAsJsonDoes) {
  const std::string line = logged("logfmt", kHostile);
  const std::size_t start = line.find("msg=") + 4;
  const json text = json::parse(line.substr(start), nullptr, false);
  ASSERT_TRUE(text.is_string()) << line;
  EXPECT_EQ(text, visible_text(kHostile));
}

TEST_F(Logging, LeavesOutWhatIsLessSevereThanWanted) {
  ASSERT_TRUE(set_up_logging("warn", "json"));
  testing::internal::CaptureStderr();
  spdlog::info("not this");
  spdlog::warn("this");
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(json::parse(lines)["msg"], "this");
}

TEST_F(Logging, RefusesLevelsAndFormatsThatItDoesNotKnow) {
  EXPECT_FALSE(set_up_logging("loud", "json"));
  EXPECT_FALSE(set_up_logging("", "json"));
  const auto format = set_up_logging("info", "xml");
  ASSERT_FALSE(format);
  EXPECT_NE(format.error().message.find("'xml'"), std::string::npos);
}

}  // namespace
}  // namespace purposewatch

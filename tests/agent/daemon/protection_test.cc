#include "agent/daemon/protection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace purposewatch {
namespace {

using testing::HasSubstr;

TEST(Protection, IsForbiddenByTheKernelsCommandLine) {
  EXPECT_FALSE(command_line_forbids_protection(""));
  EXPECT_FALSE(command_line_forbids_protection("quiet root=/dev/sda1"));
  EXPECT_FALSE(command_line_forbids_protection("purposewatch.protect=1"));
  EXPECT_TRUE(command_line_forbids_protection("quiet purposewatch.protect=0"));
  EXPECT_TRUE(command_line_forbids_protection("purposewatch.protect=off quiet"));
  EXPECT_FALSE(command_line_forbids_protection("purposewatch.protect=0 purposewatch.protect=1"))
      << "the last one";
  EXPECT_FALSE(command_line_forbids_protection("xpurposewatch.protect=0"));
}

TEST(Protection, ThatNobodyAskedForHasNothingToUnlock) {
  Protection protection(false);
  EXPECT_EQ(protection.health(), ProtectionHealth::kOff);
  EXPECT_THAT(protection.answers().at("unlock")("ann", R"({"seconds": 60, "reason": "T-1"})"),
              HasSubstr("the agent is not protected"));
  EXPECT_THAT(protection.answers().at("lock")("ann", ""), HasSubstr("the agent is not protected"));
}

TEST(Protection, ThatCannotBeSaysSo) {
  const Protection protection(true);
  EXPECT_EQ(protection.health(), ProtectionHealth::kUnavailable);
}

}  // namespace
}  // namespace purposewatch

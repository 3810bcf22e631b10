#include "agent/daemon/descriptors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace purposewatch {
namespace {

TEST(DescriptorShares, LeaveTheAgentItsOwnWhateverComesOverTheWeb) {
  for (const std::size_t all : {416, 500, 1024, 65536}) {
    const auto shares = shares_of_descriptors(all);
    ASSERT_TRUE(shares) << all;
    EXPECT_GE(shares->web_connections, 16U);
    EXPECT_LE(shares->web_connections, 512U);
    EXPECT_GE(all - shares->web_connections, 400U);
  }
  EXPECT_EQ(shares_of_descriptors(1024)->web_connections, 512U);
}

TEST(DescriptorShares, OfTooFewAreNone) {
  const auto shares = shares_of_descriptors(415);
  ASSERT_FALSE(shares);
  EXPECT_THAT(shares.error().message,
              testing::HasSubstr("415 open files are too few for the agent, which needs 416"));
}

TEST(DescriptorShares, AreOfTheLimitRaised) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(before.rlim_max, 420);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const auto shares = take_descriptors();
  rlimit now{};
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(shares) << shares.error().message;
  EXPECT_EQ(shares->all, std::min<rlim_t>(before.rlim_max, 65536));
  EXPECT_EQ(now.rlim_cur, shares->all);
}

}  // namespace
}  // namespace purposewatch

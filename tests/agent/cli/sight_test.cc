#include "agent/cli/sight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace purposewatch {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

KernelFacts facts_of(bool is_new) {
  KernelFacts facts;
  facts.finds_tasks = facts.has_ctime_tracepoints = facts.has_arrival_tracepoint = is_new;
  return facts;
}

TEST(Sight, OfTheHooksIsTheSameOnEveryKernelAndLeavesOutNoWayToData) {
  const Sight older = sight_of(Backend::kLsm, facts_of(false)),
              newer = sight_of(Backend::kLsm, facts_of(true));
  EXPECT_EQ(older.sees, newer.sees);
  EXPECT_EQ(older.misses, newer.misses);
  EXPECT_THAT(older.sees, Contains(HasSubstr("mounts over stores")));
  EXPECT_THAT(older.misses, Not(Contains(HasSubstr("mount"))));
  EXPECT_THAT(sight_of(Backend::kFentry, facts_of(true)).misses, Contains(HasSubstr("full preemption")));
}

TEST(Sight, OfTheCallsGrowsWithTheKernel) {
  const Sight older = sight_of(Backend::kSyscalls, facts_of(false)),
              newer = sight_of(Backend::kSyscalls, facts_of(true));
  EXPECT_THAT(older.misses, Contains("changes of names, attributes and lengths (since Linux 6.13)"));
  EXPECT_THAT(newer.sees, Contains("changes of names, attributes and lengths"));
  EXPECT_THAT(newer.sees, Contains(HasSubstr("mounts over stores")));
  KernelFacts between;  // as 6.12
  between.has_arrival_tracepoint = true;
  const char* datagrams = "datagrams that are sent to a unix socket by its name";
  EXPECT_THAT(older.misses, Contains(datagrams + std::string(" (since Linux 6.3)")));
  EXPECT_THAT(sight_of(Backend::kSyscalls, between).sees, Contains(datagrams));
  EXPECT_LT(older.sees.size(), newer.sees.size());
  EXPECT_EQ(older.sees.size() + older.misses.size(), newer.sees.size() + newer.misses.size())
      << "each is told, as seen or as missed";
}

}  // namespace
}  // namespace purposewatch

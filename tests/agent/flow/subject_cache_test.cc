#include "agent/flow/subject_cache.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

std::shared_ptr<const Subject> process(std::uint32_t pid) {
  auto subject = std::make_shared<Subject>();
  subject->pid = pid;
  return subject;
}

TEST(SubjectCache, FindsWhatWasPutAndNothingElse) {
  SubjectCache cache;
  cache.put(1, process(10));
  ASSERT_TRUE(cache.find(1));
  EXPECT_EQ(cache.find(1)->pid, 10U);
  EXPECT_EQ(cache.find(2), nullptr);
}

TEST(SubjectCache, TakesTheLatestDescription) {
  SubjectCache cache;
  cache.put(1, process(10));
  cache.put(1, process(11));
  EXPECT_EQ(cache.find(1)->pid, 11U);
}

TEST(SubjectCache, DropsWhatWasNotAskedForOverTwoRotations) {
  SubjectCache cache;
  cache.put(1, process(10));
  cache.rotate();
  cache.rotate();
  EXPECT_EQ(cache.find(1), nullptr);
}

TEST(SubjectCache, KeepsWhatIsAskedForBetweenRotations) {
  SubjectCache cache;
  cache.put(1, process(10));
  for (int i = 0; i < 5; ++i) {
    cache.rotate();
    ASSERT_TRUE(cache.find(1)) << i;
  }
}

TEST(SubjectCache, IsBoundedUnderAFloodOfProcesses) {
  SubjectCache cache;
  std::weak_ptr<const Subject> first;
  {
    const auto subject = process(1);
    first = subject;
    cache.put(0, subject);
  }
  constexpr std::uint64_t kFlood = 100'000;
  for (std::uint64_t number = 1; number <= kFlood; ++number) cache.put(number, process(2));
  EXPECT_TRUE(first.expired());
  EXPECT_TRUE(cache.find(kFlood));
  EXPECT_TRUE(cache.find(kFlood - 16'000));
}

}  // namespace
}  // namespace purposewatch

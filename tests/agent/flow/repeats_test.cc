#include "agent/flow/repeats.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

AccessRecord told(std::uint64_t sequence) {
  AccessRecord record;
  record.sequence = sequence;
  record.boot_ns = 1;
  record.path_below = "/alice/1";
  return record;
}

constexpr Fold kFold{.told = 7, .count = 30, .first_boot_ns = 10, .last_boot_ns = 20, .last_sequence = 99};

TEST(Repeats, WhatWasCountedIsLikeWhatWasTold) {
  Repeats repeats;
  const auto somebody = std::make_shared<const Subject>();
  repeats.remember(told(7), somebody);
  const auto repeated = repeats.take(kFold);
  ASSERT_TRUE(repeated);
  EXPECT_EQ(repeated->record.path_below, "/alice/1");
  EXPECT_EQ(repeated->record.sequence, 99U);
  EXPECT_EQ(repeated->record.boot_ns, 20U);
  EXPECT_EQ(repeated->first_boot_ns, 10U);
  EXPECT_EQ(repeated->count, 30U);
  EXPECT_EQ(repeated->subject, somebody);
}

TEST(Repeats, WhatWasToldIsRememberedForTheTableAfterTheOneInUse) {
  Repeats repeats;
  repeats.remember(told(7), nullptr);
  repeats.end_round();
  EXPECT_TRUE(repeats.take(kFold));
  Repeats others;
  others.remember(told(7), nullptr);
  others.end_round();
  others.end_round();
  EXPECT_FALSE(others.take(kFold));
}

TEST(Repeats, WhatIsRepeatedIsRememberedForAsLongAsItIs) {
  Repeats repeats;
  repeats.remember(told(7), nullptr);
  for (int round = 0; round < 5; ++round) {
    EXPECT_TRUE(repeats.take(kFold));
    repeats.end_round();
  }
}

TEST(Repeats, DoNotGrowWithoutEnd) {
  Repeats repeats;
  for (std::uint64_t sequence = 1; sequence <= 3 * Folds::kFoldsMax; ++sequence)
    repeats.remember(told(sequence), nullptr);
  EXPECT_TRUE(repeats.take(kFold));
  Fold last = kFold;
  last.told = 3 * Folds::kFoldsMax;
  EXPECT_FALSE(repeats.take(last));
}

}  // namespace
}  // namespace purposewatch

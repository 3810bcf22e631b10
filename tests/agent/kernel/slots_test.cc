#include "agent/kernel/slots.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

TEST(CounterSlots, GiveALabelTheSameSlotForEver) {
  CounterSlots slots(3);
  const CounterLabel read{"mail", "imap", "p", "serve", AccessKind::kRead};
  const CounterLabel write{"mail", "imap", "p", "serve", AccessKind::kWrite};
  EXPECT_EQ(slots.slot(read), 0U);
  EXPECT_EQ(slots.slot(write), 1U);
  EXPECT_EQ(slots.slot(read), 0U);
  ASSERT_EQ(slots.labels().size(), 2U);
  EXPECT_EQ(slots.labels()[1].tie(), write.tie());
}

TEST(CounterSlots, TellEveryPartOfALabelApart) {
  CounterSlots slots(10);
  const CounterLabel first{"a", "b", "c", "d", AccessKind::kRead};
  for (const CounterLabel& other : {first, CounterLabel{"x", "b", "c", "d", AccessKind::kRead},
                                    CounterLabel{"a", "x", "c", "d", AccessKind::kRead},
                                    CounterLabel{"a", "b", "x", "d", AccessKind::kRead},
                                    CounterLabel{"a", "b", "c", "x", AccessKind::kRead},
                                    CounterLabel{"a", "b", "c", "d", AccessKind::kList}})
    slots.slot(other);
  EXPECT_EQ(slots.labels().size(), 6U);
}

TEST(CounterSlots, RefuseANewLabelWhenAllAreTakenAndStillKnowTheOldOnes) {
  CounterSlots slots(1);
  const CounterLabel known{"mail", "imap", "p", "serve", AccessKind::kRead};
  EXPECT_EQ(slots.slot(known), 0U);
  EXPECT_EQ(slots.slot({"mail", "imap", "p", "serve", AccessKind::kList}), std::nullopt);
  EXPECT_EQ(slots.slot(known), 0U);
  EXPECT_EQ(slots.labels().size(), 1U);
  EXPECT_EQ(CounterSlots(0).slot(known), std::nullopt);
}

TEST(ProgramNumbers, StartAtOneAndStay) {
  ProgramNumbers numbers;
  EXPECT_EQ(numbers.number("/imap"), 1U);
  EXPECT_EQ(numbers.number("/php"), 2U);
  EXPECT_EQ(numbers.number("/imap"), 1U);
  EXPECT_EQ(numbers.path(2), "/php");
  EXPECT_EQ(numbers.path(0), "");
  EXPECT_EQ(numbers.path(3), "");
  EXPECT_EQ(numbers.paths(), (std::vector<std::string>{"/imap", "/php"}));
}

}  // namespace
}  // namespace purposewatch

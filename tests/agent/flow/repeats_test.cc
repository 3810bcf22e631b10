#include "agent/flow/repeats.h"

#include <gtest/gtest.h>

#include <numeric>

namespace purposewatch {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

AccessRecord read_of(const std::string& path, std::uint64_t sequence, std::uint64_t boot_ns) {
  AccessRecord record;
  record.subject_number = 7;
  record.sequence = sequence;
  record.boot_ns = boot_ns;
  record.inode = 42;
  record.kinds = mask_of(AccessKind::kRead);
  record.path_below = path;
  return record;
}

std::shared_ptr<const Subject> somebody() {
  return std::make_shared<const Subject>();
}

TEST(Repeats, AreCountedFromTheFirstToTheLast) {
  Repeats repeats;
  repeats.begin(read_of("/alice/1", 1, kSecond), somebody());
  EXPECT_TRUE(repeats.absorb(read_of("/alice/1", 2, kSecond + 10)));
  EXPECT_TRUE(repeats.absorb(read_of("/alice/1", 5, kSecond + 20)));
  const auto told = repeats.take_all();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].count, 2U) << "the first one was told when it happened";
  EXPECT_EQ(told[0].first_boot_ns, kSecond + 10);
  EXPECT_EQ(told[0].record.boot_ns, kSecond + 20);
  EXPECT_EQ(told[0].record.sequence, 5U);
  EXPECT_TRUE(told[0].subject);
}

TEST(Repeats, WhatWasNeverBegunIsNoRepeat) {
  Repeats repeats;
  EXPECT_FALSE(repeats.absorb(read_of("/alice/1", 1, kSecond)));
  EXPECT_TRUE(repeats.take_all().empty());
}

TEST(Repeats, NothingThatDiffersIsFolded) {
  Repeats repeats;
  const AccessRecord first = read_of("/alice/1", 1, kSecond);
  repeats.begin(first, somebody());
  std::vector<AccessRecord> others(11, first);
  others[0].subject_number = 8;
  others[1].inode = 43;
  others[2].device = 1;
  others[3].generation = 1;
  others[4].anchor = 1;
  others[5].owner = 1;
  others[6].mode = 1;
  others[7].store = 1;
  others[8].kinds = mask_of(AccessKind::kWrite);
  others[9].path_below = "/bob/1";
  others[10].name = "renamed";
  for (const AccessRecord& other : others) EXPECT_FALSE(repeats.absorb(other));
  AccessRecord of_another_client = first;
  of_another_client.client = "bob";
  EXPECT_FALSE(repeats.absorb(of_another_client));
  EXPECT_TRUE(repeats.absorb(first));
}

TEST(Repeats, OfConnectionsToSeveralPortsAreFoldedEach) {
  Repeats repeats;
  const auto connection = [](std::uint16_t port) {
    AccessRecord record = read_of("", 1, kSecond);
    record.endpoint = Endpoint{"127.0.0.1", port, true};
    return record;
  };
  for (const std::uint16_t port : {3306, 5432}) repeats.begin(connection(port), somebody());
  for (const std::uint16_t port : {3306, 5432}) EXPECT_TRUE(repeats.absorb(connection(port))) << port;
  EXPECT_FALSE(repeats.absorb(connection(25)));
  EXPECT_EQ(repeats.take_all().size(), 2U);
}

TEST(Repeats, AreTakenAfterHalfASecondAndThenFoldedFurther) {
  Repeats repeats;
  repeats.begin(read_of("/alice/1", 1, kSecond), somebody());
  EXPECT_TRUE(repeats.absorb(read_of("/alice/1", 2, kSecond + 1)));
  EXPECT_TRUE(repeats.take_due(kSecond + kSecond / 4, 9).empty());
  const auto told = repeats.take_due(2 * kSecond, 9);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].count, 1U);
  EXPECT_TRUE(repeats.absorb(read_of("/alice/1", 3, 2 * kSecond + 1))) << "it still goes on";
  EXPECT_EQ(repeats.take_due(3 * kSecond, 9).size(), 1U);
}

TEST(Repeats, AreTakenAFewAtATimeWhenManyAreDue) {
  Repeats repeats;
  for (const char* path : {"/a", "/b", "/c"}) {
    repeats.begin(read_of(path, 1, kSecond), somebody());
    EXPECT_TRUE(repeats.absorb(read_of(path, 2, kSecond)));
  }
  EXPECT_EQ(repeats.take_due(2 * kSecond, 2).size(), 2U);
  EXPECT_EQ(repeats.take_due(2 * kSecond, 2).size(), 1U) << "at once, not when the next look is due";
  EXPECT_TRUE(repeats.take_due(2 * kSecond, 2).empty());
}

TEST(Repeats, AreForgottenWhenTheyStop) {
  Repeats repeats;
  repeats.begin(read_of("/alice/1", 1, kSecond), somebody());
  EXPECT_TRUE(repeats.take_due(2 * kSecond, 9).empty());
  EXPECT_FALSE(repeats.absorb(read_of("/alice/1", 2, 2 * kSecond))) << "the next one is a first one again";
}

TEST(Repeats, EveryAccessIsToldOrCountedAlsoWhenThereIsNoRoom) {
  Repeats repeats;
  constexpr std::uint64_t kFiles = 6000, kRounds = 3;
  std::uint64_t told = 0, sequence = 0;
  for (std::uint64_t round = 0; round < kRounds; ++round)
    for (std::uint64_t file = 0; file < kFiles; ++file) {
      const AccessRecord record = read_of("/alice/" + std::to_string(file), ++sequence, kSecond);
      if (repeats.absorb(record)) continue;
      ++told;
      repeats.begin(record, somebody());
    }
  const auto rest = repeats.take_all();
  const auto folded = std::accumulate(rest.begin(), rest.end(), std::uint64_t{0},
                                      [](std::uint64_t sum, const Repeated& one) { return sum + one.count; });
  EXPECT_EQ(told + folded, kFiles * kRounds);
  EXPECT_GT(folded, 0U);
  EXPECT_GT(told, kFiles) << "some had no room";
}

}  // namespace
}  // namespace purposewatch

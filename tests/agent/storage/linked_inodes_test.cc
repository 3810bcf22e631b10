#include "agent/storage/linked_inodes.h"

#include <gtest/gtest.h>

namespace purposewatch {
namespace {

constexpr std::pair<dev_t, ino_t> kDirectory{8, 2};

LinkedInodes::Sighting file(ino_t inode, std::uint32_t nlink, std::int64_t changed = 1) {
  return {8, inode, nlink, {changed, 0}};
}

TEST(LinkedInodes, AreIncompleteUntilEveryNameWasSeen) {
  LinkedInodes inodes;
  inodes.saw_name(file(10, 2), kDirectory, "a", "/s/a");
  inodes.saw_name(file(10, 2), kDirectory, "b", "/s/b");
  inodes.saw_name(file(11, 3), kDirectory, "c", "/s/c");
  inodes.saw_name(file(11, 3), {8, 3}, "c", "/s/d/c");
  const auto found = std::move(inodes).incomplete();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].device, dev_t{8});
  EXPECT_EQ(found[0].inode, ino_t{11});
  EXPECT_EQ(found[0].path, "/s/c");
  EXPECT_EQ(found[0].nlink, 3U);
  EXPECT_EQ(found[0].names_found, 2U);
}

TEST(LinkedInodes, OfDifferentDevicesAreDifferent) {
  LinkedInodes inodes;
  inodes.saw_name({8, 10, 2, {}}, {8, 2}, "a", "/s/a");
  inodes.saw_name({9, 10, 2, {}}, {9, 2}, "b", "/s/b");
  EXPECT_EQ(std::move(inodes).incomplete().size(), 2U);
}

TEST(LinkedInodes, CountANameOnceHoweverOftenItIsSeen) {
  LinkedInodes inodes;
  for (int i = 0; i < 100; ++i) inodes.saw_name(file(10, 2), kDirectory, "a", "/s/a");
  for (int i = 0; i < 100; ++i) inodes.saw_name(file(11, 2), {i % 2 ? 8 : 9, 2}, "a", "/s/a");
  const auto found = std::move(inodes).incomplete();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].inode, ino_t{10});
  EXPECT_EQ(found[0].names_found, 1U);
}

// Seen as "a", renamed to "b", seen as "b": the name elsewhere must not pass for found.
TEST(LinkedInodes, AreCountedAnewWhenTheyHaveChanged) {
  LinkedInodes inodes;
  inodes.saw_name(file(10, 2, 1), kDirectory, "a", "/s/a");
  inodes.saw_name(file(10, 2, 2), kDirectory, "b", "/s/b");
  // Complete, and then linked to somewhere else.
  inodes.saw_name(file(11, 2, 1), kDirectory, "c", "/s/c");
  inodes.saw_name(file(11, 2, 1), kDirectory, "d", "/s/d");
  inodes.saw_name(file(11, 3, 2), kDirectory, "e", "/s/e");
  const auto found = std::move(inodes).incomplete();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].names_found, 1U);
  EXPECT_EQ(found[1].nlink, 3U);
  EXPECT_EQ(found[1].path, "/s/e");
}

TEST(LinkedInodes, ThatWereOnlyMountedHaveNoNameThere) {
  LinkedInodes inodes;
  inodes.saw_mount(file(10, 1), "/s/mounted");
  const auto found = std::move(inodes).incomplete();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "/s/mounted");
  EXPECT_EQ(found[0].names_found, 0U);
}

TEST(LinkedInodes, WithTenThousandNamesSeenTwiceAreComplete) {
  LinkedInodes inodes;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10'000; ++i) {
      inodes.saw_name(file(10, 10'000), kDirectory, std::to_string(i), "/s/x");
      inodes.saw_name(file(11, 10'001), kDirectory, std::to_string(i), "/s/x");
    }
  const auto found = std::move(inodes).incomplete();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].inode, ino_t{11});
  EXPECT_EQ(found[0].names_found, 10'000U);
}

}  // namespace
}  // namespace purposewatch

#include "agent/storage/mount_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string line(int id, const std::string& point, const std::string& options = "rw",
                 const std::string& root = "/") {
  return std::to_string(id) + " 1 8:1 " + root + " " + point + " " + options +
         " shared:1 - ext4 /dev/sda1 rw\n";
}

std::vector<std::string> points(const std::string& before, const std::string& after) {
  return changed_points(read_mount_info(before), read_mount_info(after));
}

TEST(ChangedPoints, AreWhereSomethingCameOrWent) {
  const std::string root = line(1, "/");
  EXPECT_THAT(points(root, root), IsEmpty());
  EXPECT_THAT(points(root, root + line(2, "/mail")), ElementsAre("/mail"));
  EXPECT_THAT(points(root + line(2, "/mail"), root), ElementsAre("/mail"));
  EXPECT_THAT(points(root + line(2, "/a\\040b\\012c"), root), ElementsAre("/a b\nc"));
}

TEST(ChangedPoints, OfAMountThatWasMovedAreBoth) {
  EXPECT_THAT(points(line(1, "/") + line(2, "/mail"), line(1, "/") + line(2, "/away")),
              ElementsAre("/mail", "/away"));
}

TEST(ChangedPoints, AreThoseWithOtherOptionsToo) {
  EXPECT_THAT(points(line(1, "/") + line(2, "/mail"), line(1, "/") + line(2, "/mail", "ro,nosuid")),
              ElementsAre("/mail"));
}

TEST(ChangedPoints, OfSeveralMountsAtOnePlaceAreOne) {
  EXPECT_THAT(points(line(2, "/mail"), line(2, "/mail") + line(3, "/mail")), ElementsAre("/mail"));
  EXPECT_THAT(points(line(2, "/mail") + line(3, "/mail"), line(2, "/mail")), ElementsAre("/mail"));
  EXPECT_THAT(points(line(2, "/mail"), line(3, "/mail")), ElementsAre("/mail"));
}

// The kernel gives a number again.
TEST(ChangedPoints, OfANumberThatIsAnotherMountNowAreBoth) {
  EXPECT_THAT(points(line(7, "/mail"), line(7, "/other", "rw", "/sub")), ElementsAre("/mail", "/other"));
  EXPECT_THAT(points(line(7, "/mail"), line(7, "/mail", "rw", "/sub")), ElementsAre("/mail"));
}

TEST(ChangedPoints, OfManyMountsAreFound) {
  std::string before, after;
  for (int i = 0; i < 10'000; ++i) {
    before += line(i, "/mnt/" + std::to_string(i));
    if (i % 2 == 0) after += line(i, "/mnt/" + std::to_string(i));
  }
  EXPECT_EQ(points(before, after).size(), 5'000U);
}

TEST(MountChanges, OfAListThatIsNotThereAreNone) {
  MountChanges changes("/nonexistent");
  EXPECT_THAT(changes.take(), IsEmpty());
  changes.let_go();
  EXPECT_THAT(changes.take(), IsEmpty());
}

}  // namespace
}  // namespace purposewatch

#include "agent/storage/store_devices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/agent/storage/fake_sysfs.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;

class StoresOnDevices : public testing::Test {
 protected:
  StoresOnDevices() {
    sysfs_.disk("sda", "8:0");
    sysfs_.partition("sda", "sda1", "8:1");
    sysfs_.disk("sdb", "8:16");
    sysfs_.disk("zram0", "252:0");
  }

  StoreDevices found(const std::string& mounts, const std::string& swaps = "") const {
    return find_store_devices(rules_, sysfs_.path(), mounts, swaps);
  }

  FakeSysfs sysfs_;
  RuleSet rules_ = [] {
    RuleSet rules;
    rules.stores = {store("mail", {"communications"}, {"/no-such-directory/mail/{client}"}),
                    store("sites", {"logs"}, {"/no-such-directory/sites/{client}"})};
    return rules;
  }();
};

TEST_F(StoresOnDevices, AreThoseOfTheDeepestDirectoryThatExists) {
  struct stat status {};
  stat("/", &status);
  EXPECT_THAT(found("").by_device.at(status.st_dev), ElementsAre("mail", "sites"));
}

TEST_F(StoresOnDevices, AreThoseOfWhatIsMountedInAStoreOrOnTheWay) {
  const std::string mounts =
      "30 1 8:1 / /no-such-directory/mail rw - ext4 /dev/sda1 rw\n"
      "31 1 8:16 / /no-such-directory/sites/bob/photos rw - ext4 /dev/sdb rw\n";
  const StoreDevices devices = found(mounts);
  EXPECT_THAT(devices.by_device.at(makedev(8, 1)), ElementsAre("mail"));
  EXPECT_THAT(devices.by_device.at(makedev(8, 0)), ElementsAre("mail")) << "the whole disk";
  EXPECT_THAT(devices.by_device.at(makedev(8, 16)), ElementsAre("sites"));
  EXPECT_FALSE(devices.by_device.contains(makedev(252, 0)));
}

TEST_F(StoresOnDevices, ADeviceBesideIsNone) {
  const std::string mounts = "30 1 8:16 / /no-such-directory/elsewhere rw - ext4 /dev/sdb rw\n";
  EXPECT_FALSE(found(mounts).by_device.contains(makedev(8, 16)));
}

TEST_F(StoresOnDevices, SwapMayHoldAnyStore) {
  const std::string swaps =
      "Filename\t\tType\t\tSize\tUsed\tPriority\n"
      "/dev/sdb partition 1024 0 -2\n"
      "/swapfile file 1024 0 -3\n";
  const StoreDevices devices = found("", swaps);
  EXPECT_THAT(devices.by_device.at(makedev(8, 16)), ElementsAre("mail", "sites"));
  EXPECT_THAT(devices.by_backing_file.at("/swapfile"), ElementsAre("mail", "sites"));
}

TEST_F(StoresOnDevices, AFileBehindALoopDeviceIsOne) {
  sysfs_.disk("loop0", "7:0");
  sysfs_.attribute("loop0", "loop/backing_file", "/images/mail.img\n");
  const StoreDevices devices = found("30 1 7:0 / /no-such-directory/mail rw - ext4 /dev/loop0 rw\n");
  EXPECT_THAT(devices.by_device.at(makedev(7, 0)), ElementsAre("mail"));
  EXPECT_THAT(devices.by_backing_file.at("/images/mail.img"), ElementsAre("mail"));
}

}  // namespace
}  // namespace purposewatch

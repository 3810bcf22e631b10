// Whether the stores and what is swapped out lie on encrypted disks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent/safeguards/checks.h"
#include "tests/agent/safeguards/fake_host.h"
#include "tests/agent/storage/fake_sysfs.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;
using enum SafeguardState;

constexpr const char* kLuks = "CRYPT-LUKS2-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-data\n";

// Two disks: sda with two partitions, sdb without.
class EncryptionOf : public testing::Test {
 protected:
  EncryptionOf() {
    std::filesystem::create_directory_symlink(sysfs_.path(), host_.view.root + "/sys");
    sysfs_.disk("sda", "8:0");
    sysfs_.partition("sda", "sda1", "8:1");
    sysfs_.partition("sda", "sda2", "8:2");
    sysfs_.disk("sdb", "8:16");
  }
  void mounted(const std::string& lines) const { host_.file("/proc/self/mountinfo", lines); }
  void mapped(const std::string& name, const std::string& number, const std::string& uuid,
              const std::vector<std::string>& lower) {
    sysfs_.disk(name, number);
    sysfs_.attribute(name, "dm/uuid", uuid);
    for (const std::string& device : lower) sysfs_.stack(name, device);
  }
  SafeguardResult stores() const {
    return check_store_encrypted_at_rest(host_.promised("store-encrypted-at-rest"), host_.view);
  }
  SafeguardResult swap() const { return check_swap_encrypted(host_.promised("swap-encrypted"), host_.view); }

  FakeSysfs sysfs_;
  FakeHost host_{"a: {class: mail, paths: '/srv/a/{client}'}",
                 "safeguards: {store-encrypted-at-rest: {}, swap-encrypted: {}}\n"};
};

TEST_F(EncryptionOf, AStoreOnLuksIsOk) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  mounted("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 253:0 / /srv rw - ext4 /dev/mapper/data rw\n");
  EXPECT_EQ(stores(), is_ok("1 stores, all on encrypted devices or in memory"));
}

TEST_F(EncryptionOf, AStoreOnAPartitionIsViolated) {
  mounted("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  const SafeguardResult result = stores();
  EXPECT_EQ(result.state, kViolated);
  EXPECT_EQ(result.why, "not encrypted: a on sda1");
  EXPECT_THAT(result.remedy, HasSubstr("luksFormat"));
}

TEST_F(EncryptionOf, AStoreIsThatOfTheMountOnTop) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  mounted(
      "1 0 253:0 / / rw - ext4 /dev/mapper/data rw\n2 1 253:0 / /srv rw - ext4 /dev/mapper/data rw\n"
      "3 2 8:16 / /srv rw - ext4 /dev/sdb rw\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
}

TEST_F(EncryptionOf, AVolumeGroupWithOnePlainDiskIsViolated) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  mapped("dm-1", "253:1", "LVM-" + std::string(64, 'a') + "\n", {"dm-0", "sdb"});
  mounted("1 0 253:1 / / rw - ext4 /dev/mapper/vg-a rw\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
}

TEST_F(EncryptionOf, AMirrorOfEncryptedPartitionsBeneathAVolumeIsOk) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  mapped("dm-1", "253:1", "CRYPT-PLAIN-other\n", {"sdb"});
  sysfs_.disk("md0", "9:0");
  sysfs_.partition("md0", "md0p1", "259:0");
  sysfs_.stack("md0", "dm-0");
  sysfs_.stack("md0", "dm-1");
  mounted("1 0 259:0 / / rw - xfs /dev/md0p1 rw\n");
  EXPECT_EQ(stores().state, kOk);
}

TEST_F(EncryptionOf, WhatCryptsetupOnlyVerifiesIsNot) {
  for (const char* uuid :
       {"CRYPT-VERITY-aaaa-x\n", "CRYPT-INTEGRITY-x\n", "CRYPT-SUBDEV-aaaa-x\n", "CRYPT-\n", "\n"}) {
    FakeSysfs sysfs;
    host_.remove("/sys");
    std::filesystem::create_directory_symlink(sysfs.path(), host_.view.root + "/sys");
    sysfs.disk("sdb", "8:16");
    sysfs.disk("dm-0", "253:0");
    sysfs.attribute("dm-0", "dm/uuid", uuid);
    sysfs.stack("dm-0", "sdb");
    mounted("1 0 253:0 / / rw - ext4 /dev/mapper/x rw\n");
    EXPECT_EQ(stores().why, "not encrypted: a on sdb") << uuid;
  }
}

TEST_F(EncryptionOf, TheLogOfAnXfsCounts) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  mounted("1 0 253:0 / / rw - xfs /dev/mapper/data rw,logdev=/dev/sdb,noquota\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
}

TEST_F(EncryptionOf, ABtrfsIsAllOfItsDevices) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  mapped("dm-1", "253:1", kLuks, {"sda1"});
  sysfs_.attribute("dm-0", "dm/name", "data\n");
  sysfs_.btrfs("one", {"dm-0", "dm-1"});
  sysfs_.btrfs("two", {"sdb"});
  mounted("1 0 0:26 /@ / rw - btrfs /dev/mapper/data rw\n");
  EXPECT_EQ(stores().state, kOk);
  mounted("1 0 0:26 /@ / rw - btrfs /dev/sdb rw\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
  mounted("1 0 0:26 /@ / rw - btrfs /dev/disk/by-label/x rw\n");
  EXPECT_EQ(stores().state, kViolated) << "of which of the two it is, one is plain";
}

TEST_F(EncryptionOf, AMountWithinAStoreCountsButNotOneBesideIt) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  const std::string root = "1 0 253:0 / / rw - ext4 /dev/mapper/data rw\n";
  mounted(root + "2 1 8:16 / /srv/b rw - ext4 /dev/sdb rw\n");
  EXPECT_EQ(stores().state, kOk);
  mounted(root + "2 1 8:16 / /srv/a/alice/x rw - ext4 /dev/sdb rw\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
}

TEST_F(EncryptionOf, AStoreThatIsALinkIsWhereThatLeads) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  host_.directory("/data/a");
  host_.link("/srv/a", "/data/a");
  mounted("1 0 253:0 / / rw - ext4 /dev/mapper/x rw\n2 1 8:16 / /data rw - ext4 /dev/sdb rw\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
}

TEST_F(EncryptionOf, AFileOfAnEncryptedFileSystemIsOkBeneathALoopDevice) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  sysfs_.disk("loop0", "7:0");
  sysfs_.attribute("loop0", "loop/backing_file", "/images/a.img\n");
  const std::string loop = "2 1 7:0 / /srv rw - ext4 /dev/loop0 rw\n";
  mounted("1 0 253:0 / / rw - ext4 /dev/mapper/x rw\n" + loop);
  EXPECT_EQ(stores().state, kOk);
  mounted("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n" + loop);
  EXPECT_EQ(stores().why, "not encrypted: a on sda1");
  sysfs_.attribute("loop0", "loop/backing_file", "/images/a.img (deleted)\n");
  EXPECT_EQ(stores().state, kUnknown);
}

TEST_F(EncryptionOf, MemoryIsOkAndFileServersAreUnknown) {
  mounted("1 0 0:30 / / rw - tmpfs tmpfs rw\n");
  EXPECT_EQ(stores().state, kOk);
  for (const char* type : {"nfs4", "cifs", "ceph", "fuse.sshfs", "overlay", "zfs", "9p"}) {
    mounted(std::string("1 0 0:30 / / rw - ") + type + " host:/x rw\n");
    const SafeguardResult result = stores();
    EXPECT_EQ(result.state, kUnknown) << type;
    EXPECT_THAT(result.why,
                testing::AllOf(HasSubstr(std::string("a: / is ") + type), Not(HasSubstr("host:"))));
    EXPECT_THAT(result.remedy, Not(testing::IsEmpty()));
  }
}

TEST_F(EncryptionOf, WhatIsPlainWeighsMoreThanWhatIsUnknown) {
  mounted("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:30 / /srv/a/alice rw - nfs h:/x rw\n");
  EXPECT_EQ(stores().state, kViolated);
}

TEST_F(EncryptionOf, WhatCannotBeReadIsUnknown) {
  EXPECT_EQ(stores().state, kUnknown);
  for (const char* garbage : {"", "\n", "garbage\xff\n", "1 0 8:1 / /elsewhere rw - ext4 /dev/sda1 rw\n"}) {
    mounted(garbage);
    EXPECT_NE(stores().state, kViolated) << garbage;
  }
  mounted("1 0 8:99 / / rw - ext4 /dev/sdz rw\n");
  EXPECT_EQ(stores().state, kUnknown) << "sysfs has no such device";
  host_.remove("/proc/self/mountinfo");
  ASSERT_EQ(mkfifo((host_.view.root + "/proc/self/mountinfo").c_str(), 0600), 0);
  EXPECT_EQ(stores().state, kUnknown);
}

TEST_F(EncryptionOf, CirclesAndLongStacksEnd) {
  sysfs_.disk("dm-0", "253:0");
  sysfs_.disk("dm-1", "253:1");
  sysfs_.stack("dm-0", "dm-1");
  sysfs_.stack("dm-1", "dm-0");
  mounted("1 0 253:0 / / rw - ext4 /dev/mapper/x rw\n");
  EXPECT_NE(stores().state, kViolated);
  std::string below = "sdb";
  for (int i = 2; i < 200; ++i) {
    const std::string name = "dm-" + std::to_string(i);
    mapped(name, "253:" + std::to_string(i), "x\n", {below});
    below = name;
  }
  mounted("1 0 253:199 / / rw - ext4 /dev/mapper/x rw\n");
  EXPECT_EQ(stores().why, "not encrypted: a on sdb");
}

TEST(StoreEncryptedAtRest, IsUnknownWhenNoStoreHasAPath) {
  FakeHost host("a: {class: mail, ports: 'tcp:*:3306'}", "safeguards: {store-encrypted-at-rest: {}}\n");
  host.file("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  const SafeguardResult result =
      check_store_encrypted_at_rest(host.promised("store-encrypted-at-rest"), host.view);
  EXPECT_EQ(result.state, kUnknown);
  EXPECT_EQ(result.why, "no store has a path");
}

class SwapEncrypted : public EncryptionOf {
 protected:
  void swapped(const std::string& lines) const {
    host_.file("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" + lines);
  }
};

TEST_F(SwapEncrypted, IsOkWithoutAny) {
  swapped("");
  EXPECT_EQ(swap(), is_ok("no swap"));
}

TEST_F(SwapEncrypted, IsOkOnDmCryptAndOnVolumesOnIt) {
  mapped("dm-0", "253:0", "CRYPT-PLAIN-cryptswap1\n", {"sda2"});
  mapped("dm-1", "253:1", "LVM-" + std::string(64, 'a') + "\n", {"dm-0"});
  swapped("/dev/dm-0   partition\t1\t0\t-2\n/dev/dm-1   partition\t1\t0\t-3\n");
  EXPECT_EQ(swap(), is_ok("2 areas, all encrypted or in memory"));
}

TEST_F(SwapEncrypted, IsViolatedOnAPartition) {
  swapped("/dev/sda2   partition\t1\t0\t-2\n");
  const SafeguardResult result = swap();
  EXPECT_EQ(result.state, kViolated);
  EXPECT_EQ(result.why, "/dev/sda2 is not encrypted");
  EXPECT_THAT(result.remedy, HasSubstr("swapoff"));
}

TEST_F(SwapEncrypted, AFileIsWhatItsFileSystemIs) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  swapped("/swap\\040file   file\t1\t0\t-2\n");
  mounted("1 0 253:0 / / rw - ext4 /dev/mapper/x rw\n");
  EXPECT_EQ(swap().state, kOk);
  mounted("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  EXPECT_EQ(swap().why, "/swap file is not encrypted");
  host_.remove("/proc/self/mountinfo");
  EXPECT_EQ(swap().state, kUnknown);
}

TEST_F(SwapEncrypted, CompressedMemoryIsOkUntilItIsWrittenBackToADisk) {
  sysfs_.disk("zram0", "252:0");
  swapped("/dev/zram0   partition\t1\t0\t100\n");
  EXPECT_EQ(swap().state, kOk);
  sysfs_.attribute("zram0", "backing_dev", "none\n");
  EXPECT_EQ(swap().state, kOk);
  sysfs_.attribute("zram0", "backing_dev", "/dev/sdb\n");
  EXPECT_EQ(swap().state, kViolated);
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  sysfs_.attribute("zram0", "backing_dev", "/dev/dm-0\n");
  EXPECT_EQ(swap().state, kOk);
}

TEST_F(SwapEncrypted, IsUnknownWhereItCannotBeFollowed) {
  EXPECT_EQ(swap().state, kUnknown) << "no /proc/swaps";
  for (const char* line : {"/dev/sdq   partition\t1\t0\t-2\n", "/swap\\040(deleted)   file\t1\t0\t-2\n",
                           "/dev/sda2\\040(deleted)   partition\t1\t0\t-2\n"}) {
    swapped(line);
    EXPECT_EQ(swap().state, kUnknown) << line;
  }
}

TEST_F(SwapEncrypted, OfTwoAreasThePlainOneIsNamed) {
  mapped("dm-0", "253:0", kLuks, {"sda2"});
  swapped("/dev/dm-0   partition\t1\t0\t-2\n/dev/sdb   partition\t1\t0\t-3\n");
  EXPECT_EQ(swap().why, "/dev/sdb is not encrypted");
}

TEST(EncryptionOfThisHost, IsLookedAtWithoutACrash) {
  FakeHost host("a: {class: mail, paths: /var/lib}",
                "safeguards: {store-encrypted-at-rest: {}, swap-encrypted: {}}\n");
  host.view.root = "";
  check_store_encrypted_at_rest(host.promised("store-encrypted-at-rest"), host.view);
  check_swap_encrypted(host.promised("swap-encrypted"), host.view);
}

}  // namespace
}  // namespace purposewatch

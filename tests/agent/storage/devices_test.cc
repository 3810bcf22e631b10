#include "agent/storage/devices.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "agent/storage/block_device.h"
#include "agent/storage/device_number.h"
#include "tests/agent/storage/fake_sysfs.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;
using Numbers = std::set<std::string>;

Numbers numbers(const std::set<dev_t>& devices) {
  Numbers texts;
  for (const dev_t device : devices)
    texts.insert(std::to_string(major(device)) + ":" + std::to_string(minor(device)));
  return texts;
}

class StorageDevicesOf : public testing::Test {
 protected:
  StorageDevices find(const std::string& number, std::uint64_t mount = 0) const {
    return find_storage_devices(sysfs_.path(), {parse_device_number(number).value(), mount}, mount_info_);
  }
  Numbers of(const std::string& number, std::uint64_t mount = 0) const {
    return numbers(find(number, mount).devices);
  }
  void disk_with_two_partitions(const std::string& name, const std::string& major_number) {
    sysfs_.disk(name, major_number + ":0");
    sysfs_.partition(name, name + "1", major_number + ":1");
    sysfs_.partition(name, name + "2", major_number + ":2");
  }

  FakeSysfs sysfs_;
  std::string mount_info_;
};

TEST_F(StorageDevicesOf, PartitionAreItselfAndItsDiskButNotItsNeighbours) {
  disk_with_two_partitions("sda", "8");
  EXPECT_EQ(of("8:1"), (Numbers{"8:0", "8:1"}));
}

TEST_F(StorageDevicesOf, WholeDiskLeaveOutPartitions) {
  disk_with_two_partitions("sda", "8");
  EXPECT_EQ(of("8:0"), (Numbers{"8:0"}));
}

TEST_F(StorageDevicesOf, NvmePartitionAreItselfAndItsNamespace) {
  sysfs_.disk("nvme0n1", "259:0");
  sysfs_.partition("nvme0n1", "nvme0n1p3", "259:3");
  EXPECT_EQ(of("259:3"), (Numbers{"259:0", "259:3"}));
}

TEST_F(StorageDevicesOf, VolumeOnTwoDisksLeaveOutTheOtherVolumesThere) {
  disk_with_two_partitions("sda", "8");
  sysfs_.disk("sdb", "9:0");
  sysfs_.disk("dm-0", "253:0");
  sysfs_.disk("dm-1", "253:1");
  sysfs_.attribute("dm-0", "dm/uuid", "LVM-" + std::string(64, 'a') + "\n");
  sysfs_.attribute("dm-1", "dm/uuid", "LVM-" + std::string(64, 'b') + "\n");
  for (const char* volume : {"dm-0", "dm-1"})
    for (const char* physical : {"sda2", "sdb"}) sysfs_.stack(volume, physical);
  EXPECT_EQ(of("253:0"), (Numbers{"253:0", "8:2", "8:0", "9:0"}));
}

TEST_F(StorageDevicesOf, VolumeWithSnapshotsIncludeThese) {
  sysfs_.disk("sda", "8:0");
  const std::vector<std::pair<std::string, std::string>> volumes = {
      {"dm-0", ""}, {"dm-1", "-real"}, {"dm-2", ""}, {"dm-3", "-cow"}, {"dm-4", ""}};
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    sysfs_.disk(volumes[i].first, "253:" + std::to_string(i));
    sysfs_.attribute(volumes[i].first, "dm/uuid", "LVM-" + std::string(64, 'a') + volumes[i].second + "\n");
  }
  sysfs_.stack("dm-0", "dm-1");  // the origin
  sysfs_.stack("dm-2", "dm-1");  // its snapshot, with what was copied before it was overwritten
  sysfs_.stack("dm-2", "dm-3");
  for (const char* lowest : {"dm-1", "dm-3", "dm-4"}) sysfs_.stack(lowest, "sda");
  const Numbers all_but_the_stranger = {"253:0", "253:1", "253:2", "253:3", "8:0"};
  EXPECT_EQ(of("253:0"), all_but_the_stranger);
  EXPECT_EQ(of("253:2"), all_but_the_stranger);
  EXPECT_EQ(of("253:4"), (Numbers{"253:4", "8:0"}));
  // Encrypted: the file system's own device stands on the origin, and so may others.
  sysfs_.disk("dm-5", "253:5");
  sysfs_.disk("dm-6", "253:6");
  sysfs_.stack("dm-5", "dm-0");
  sysfs_.stack("dm-6", "dm-0");
  EXPECT_EQ(of("253:5"), (Numbers{"253:0", "253:1", "253:2", "253:3", "253:5", "253:6", "8:0"}));
}

TEST_F(StorageDevicesOf, EncryptedPartitionAreAllLayers) {
  disk_with_two_partitions("sda", "8");
  sysfs_.disk("dm-0", "253:0");
  sysfs_.stack("dm-0", "sda2");
  EXPECT_EQ(of("253:0"), (Numbers{"253:0", "8:2", "8:0"}));
}

TEST_F(StorageDevicesOf, DeviceThatAnotherStandsOnIncludeThatOne) {
  disk_with_two_partitions("sda", "8");
  sysfs_.disk("dm-0", "253:0");
  sysfs_.disk("dm-1", "253:1");
  sysfs_.stack("dm-0", "sda1");
  sysfs_.stack("dm-1", "dm-0");
  EXPECT_EQ(of("8:1"), (Numbers{"8:1", "8:0", "253:0", "253:1"}));
  EXPECT_EQ(of("8:2"), (Numbers{"8:2", "8:0"}));
}

TEST_F(StorageDevicesOf, MirrorAreBothItsHalvesAndTheirDisks) {
  disk_with_two_partitions("sda", "8");
  disk_with_two_partitions("sdb", "9");
  sysfs_.disk("md0", "10:0");
  sysfs_.partition("md0", "md0p1", "259:7");
  sysfs_.stack("md0", "sda1");
  sysfs_.stack("md0", "sdb1");
  EXPECT_EQ(of("10:0"), (Numbers{"10:0", "8:1", "8:0", "9:1", "9:0"}));
  EXPECT_EQ(of("259:7"), (Numbers{"259:7", "10:0", "8:1", "8:0", "9:1", "9:0"}));
}

TEST_F(StorageDevicesOf, LoopDeviceNameItsFile) {
  sysfs_.disk("loop0", "7:0");
  sysfs_.disk("loop1", "7:1");
  sysfs_.partition("loop0", "loop0p1", "259:0");
  sysfs_.attribute("loop0", "loop/backing_file", "/srv/images/two words\nand lines\n");
  const auto found = find("259:0");
  EXPECT_EQ(numbers(found.devices), (Numbers{"259:0", "7:0"}));
  EXPECT_EQ(found.backing_files, std::vector<std::string>{"/srv/images/two words\nand lines"});
  EXPECT_EQ(find("7:1").backing_files, std::vector<std::string>{});
}

TEST_F(StorageDevicesOf, CompressedMemoryNameWhatItIsWrittenBackTo) {
  sysfs_.disk("zram0", "252:0");
  sysfs_.attribute("zram0", "backing_dev", "none\n");
  EXPECT_EQ(find("252:0").backing_files, std::vector<std::string>{});
  sysfs_.attribute("zram0", "backing_dev", "/dev/sda2\n");
  EXPECT_EQ(find("252:0").backing_files, std::vector<std::string>{"/dev/sda2"});
}

// Two btrfs; the files of each have numbers in st_dev that no mount shows.
class StorageDevicesOfBtrfs : public StorageDevicesOf {
 protected:
  StorageDevicesOfBtrfs() {
    disk_with_two_partitions("sda", "8");
    sysfs_.disk("sdb", "9:0");
    sysfs_.disk("sdc", "10:0");
    sysfs_.disk("dm-3", "253:3");
    sysfs_.attribute("dm-3", "dm/name", "vg-mail\n");
    sysfs_.stack("dm-3", "sdc");
    sysfs_.btrfs("features", {});
    sysfs_.btrfs("2b7e1516-28ae-d2a6-abf7-158809cf4f3c", {"sda1", "sdb"});
    sysfs_.btrfs("6bc1bee2-2e40-9f96-e93d-7e117393172a", {"dm-3"});
    mount_info_ =
        "29 1 0:26 /@ / rw,relatime shared:1 - btrfs /dev/sda1 rw,ssd,subvolid=256,subvol=/@\n"
        "30 29 0:27 / /var/vmail rw,relatime - btrfs /dev/mapper/vg-mail rw\n"
        "31 29 0:28 / /tmp rw - tmpfs tmpfs rw\n";
  }
  const Numbers first_ = {"8:1", "8:0", "9:0"};
  const Numbers second_ = {"253:3", "10:0"};
  const Numbers both_ = {"8:1", "8:0", "9:0", "253:3", "10:0"};
};

TEST_F(StorageDevicesOfBtrfs, AreThoseOfTheMount) {
  EXPECT_EQ(of("0:51", 29), first_);
  EXPECT_EQ(of("0:52", 30), second_);
  EXPECT_EQ(of("0:26"), first_);
  EXPECT_EQ(of("0:27"), second_);
}

TEST_F(StorageDevicesOfBtrfs, AreAllWhereTheMountIsNotKnown) {
  EXPECT_EQ(of("0:51"), both_);
  mount_info_ = "29 1 0:26 / / rw - btrfs /dev/disk/by-label/root rw\n";
  EXPECT_EQ(of("0:26"), both_);
}

TEST_F(StorageDevicesOfBtrfs, AreItsSourceAtLeastWhereSysfsIsSilent) {
  mount_info_ = "29 1 0:26 / / rw - btrfs /dev/sda2 rw\n";
  EXPECT_EQ(of("0:26"), (Numbers{"8:2", "8:0"}));
}

TEST_F(StorageDevicesOfBtrfs, AreNoneForFileSystemsWithoutADevice) {
  mount_info_ +=
      "32 29 0:29 / /a rw - overlay overlay rw,lowerdir=/dev/sda1\n"
      "33 29 0:30 / /b rw - nfs4 host:/export rw\n"
      "34 29 0:31 / /c rw - tmpfs /dev/sdb/none rw\n";
  for (const char* number : {"0:28", "0:29", "0:30", "0:31"}) EXPECT_EQ(of(number), Numbers{}) << number;
}

TEST_F(StorageDevicesOf, FileSystemInUserSpaceAreItsSource) {
  sysfs_.disk("cciss!c0d0", "104:0");
  mount_info_ = "40 1 0:44 / /mnt rw - fuse.bindfs /dev/cciss/c0d0 rw\n";
  EXPECT_EQ(of("0:44"), (Numbers{"104:0"}));
}

TEST_F(StorageDevicesOf, XfsIncludeRealtimeDeviceAndLog) {
  disk_with_two_partitions("sda", "8");
  sysfs_.disk("sdb", "9:0");
  sysfs_.disk("sdc", "10:0");
  mount_info_ =
      "41 1 8:1 / /srv rw,noatime - xfs /dev/sda1 rw,attr2,logdev=/dev/sdb,rtdev=/dev/sdc,noquota\n";
  EXPECT_EQ(of("8:1"), (Numbers{"8:1", "8:0", "9:0", "10:0"}));
}

TEST_F(StorageDevicesOf, DeviceThatSysfsDoesNotKnowAreItselfAlone) {
  EXPECT_EQ(of("8:1"), (Numbers{"8:1"}));
  EXPECT_EQ(numbers(find_storage_devices("/nonexistent", {makedev(8, 1)}, "").devices), (Numbers{"8:1"}));
}

TEST_F(StorageDevicesOf, CirclesEnd) {
  disk_with_two_partitions("sda", "8");
  for (const char* number : {"0", "1", "2"})
    sysfs_.disk(std::string("dm-") + number, std::string("253:") + number);
  sysfs_.stack("dm-0", "dm-1");
  sysfs_.stack("dm-1", "dm-2");
  sysfs_.stack("dm-2", "dm-0");
  sysfs_.stack("dm-2", "dm-2");
  EXPECT_EQ(of("253:1"), (Numbers{"253:0", "253:1", "253:2"}));
  fs::create_symlink(sysfs_.directory("sda"), sysfs_.directory("sda") / "slaves/sda");
  EXPECT_EQ(of("8:1"), (Numbers{"8:1", "8:0"}));
}

TEST_F(StorageDevicesOf, TwentyLayersAreAllFollowed) {
  sysfs_.disk("sda", "8:0");
  std::string below = "sda";
  for (int i = 0; i < 20; ++i) {
    const std::string name = "dm-" + std::to_string(i);
    sysfs_.disk(name, "253:" + std::to_string(i));
    sysfs_.stack(name, below);
    below = name;
  }
  EXPECT_EQ(of("253:19").size(), 21U);
  EXPECT_EQ(of("8:0").size(), 21U);
}

TEST_F(StorageDevicesOf, WhatIsNotWhatLinuxWritesIsLeftOut) {
  sysfs_.disk("dm-0", "253:0");
  const fs::path slaves = sysfs_.directory("dm-0") / "slaves";
  int index = 0;
  for (const char* text :
       {"", "\n", "8", "8:", ":1", "8:1x", "-8:1", "8:-1", "8:99999999999", "0:0", "0:5", "a:b"}) {
    const fs::path odd = slaves / ("odd" + std::to_string(index++));
    fs::create_directory(odd);
    std::ofstream(odd / "dev") << text;
  }
  fs::create_symlink("/nonexistent/sdx", slaves / "dangling");
  fs::create_symlink("loop", slaves / "loop");
  std::ofstream(slaves / "file") << "8:7\n";
  fs::create_directories(slaves / "directory/dev");
  // Neither blocks whoever reads it, nor has an end.
  fs::create_directory(slaves / "fifo");
  ASSERT_EQ(mkfifo((slaves / "fifo/dev").c_str(), 0600), 0);
  fs::create_directory(slaves / "endless");
  fs::create_symlink("/dev/zero", slaves / "endless/dev");
  fs::create_directory(slaves / "good");
  std::ofstream(slaves / "good/dev") << "8:7\n";
  EXPECT_EQ(of("253:0"), (Numbers{"253:0", "8:7"}));
}

TEST_F(StorageDevicesOf, AnythingFromHostileMountsEndInNoCrash) {
  sysfs_.disk("sda", "8:0");
  for (const char* source :
       {"/dev/", "/dev/.", "/dev/..", "/dev/../..", "/dev/mapper/", "/dev/mapper/..", "\\000", ""}) {
    mount_info_ = std::string("41 1 0:9 / /srv rw - fuse ") + source + " rw\n";
    EXPECT_EQ(of("0:9"), Numbers{}) << source;
  }
}

TEST(StorageDevicesOfThisHost, AreThoseOfTheFileSystemOfTemporaryFiles) {
  struct statx status {};
  const std::string path = fs::temp_directory_path();
  ASSERT_EQ(statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS | STATX_MNT_ID, &status), 0);
  const FileSystem file_system{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_mnt_id};
  const auto found = find_storage_devices("/sys", file_system, read_file("/proc/self/mountinfo"));
  if (major(file_system.device) == 0 && found.devices.empty())
    GTEST_SKIP() << path << " lies on a file system without a block device";
  EXPECT_TRUE(major(file_system.device) == 0 || found.devices.contains(file_system.device)) << path;
  for (const std::string& number : numbers(found.devices))
    EXPECT_TRUE(fs::exists("/sys/dev/block/" + number)) << number;
}

TEST(FindDevice, KnowsTheKernelsNames) {
  FakeSysfs sysfs;
  sysfs.disk("sda", "8:0");
  sysfs.partition("sda", "sda1", "8:1");
  sysfs.disk("dm-0", "253:0");
  sysfs.attribute("dm-0", "dm/name", "vg-home\n");
  const Descriptor root(open(sysfs.path().c_str(), O_PATH | O_DIRECTORY));
  EXPECT_EQ(find_device(root.get(), "/dev/sda1"), makedev(8, 1));
  EXPECT_EQ(find_device(root.get(), "/dev/dm-0"), makedev(253, 0));
  EXPECT_EQ(find_device(root.get(), "/dev/mapper/vg-home"), makedev(253, 0));
  for (const char* path : {"/dev/sdb", "/dev/mapper/vg", "/swapfile", "sda1", "/dev/", ""})
    EXPECT_EQ(find_device(root.get(), path), std::nullopt) << path;
}

}  // namespace
}  // namespace purposewatch

#include "agent/storage/file_medium.h"

#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <filesystem>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

MountInfo mounted(dev_t device, const std::string& type) {
  MountInfo result;
  result.device = device;
  result.type = type;
  return result;
}

class FileMedium : public testing::Test {
 protected:
  // A disk with one partition, at a port of a bus.
  void make_disk(const std::string& disk_says, const std::string& port_says) {
    const fs::path port = fs::path(sys_.path()) / "devices/pci/usb1/1-1", disk = port / "block/sdb";
    fs::create_directories(disk / "sdb1");
    fs::create_directories(sys_ / "dev/block");
    fs::create_directory_symlink(disk / "sdb1", sys_ / "dev/block/8:17");
    if (!port_says.empty()) (void)sys_.write("devices/pci/usb1/1-1/removable", port_says + "\n");
    (void)sys_.write("devices/pci/usb1/1-1/block/sdb/removable", disk_says + "\n");
  }

  TempDir sys_;
  const dev_t partition_ = makedev(8, 17);
};

TEST_F(FileMedium, IsTheNetworkWhereAnotherHostOrAProgramKeepsTheBytes) {
  for (const char* type : {"nfs4", "cifs", "fuse.sshfs", "fuse", "9p"})
    EXPECT_EQ(medium_of(7, {mounted(6, "ext4"), mounted(7, type)}, sys_.path()), DisclosureKind::kNetworkFile)
        << type;
  for (const char* type : {"ext4", "tmpfs", "fusectl", "overlay"})
    EXPECT_EQ(medium_of(7, {mounted(6, "nfs4"), mounted(7, type)}, sys_.path()), DisclosureKind::kCopy)
        << type;
}

TEST_F(FileMedium, IsRemovableWhenTheDiskSaysSo) {
  make_disk("1", "");
  EXPECT_EQ(medium_of(partition_, {mounted(partition_, "vfat")}, sys_.path()), DisclosureKind::kRemovable);
}

TEST_F(FileMedium, IsRemovableWhenItsPortIsOutside) {
  make_disk("0", "removable");
  EXPECT_EQ(medium_of(partition_, {}, sys_.path()), DisclosureKind::kRemovable);
}

TEST_F(FileMedium, IsRemovableOnUsbUnlessItIsFixedThere) {
  make_disk("0", "unknown");
  EXPECT_EQ(medium_of(partition_, {}, sys_.path()), DisclosureKind::kRemovable);
}

TEST_F(FileMedium, IsThatOfTheDiskBelowWhatIsEncrypted) {
  make_disk("1", "");
  const fs::path mapped = fs::path(sys_.path()) / "devices/virtual/block/dm-0";
  fs::create_directories(mapped / "slaves");
  fs::create_directory_symlink(fs::path(sys_.path()) / "devices/pci/usb1/1-1/block/sdb/sdb1",
                               mapped / "slaves/sdb1");
  fs::create_directory_symlink(mapped, sys_ / "dev/block/253:0");
  EXPECT_EQ(medium_of(makedev(253, 0), {}, sys_.path()), DisclosureKind::kRemovable);
}

TEST_F(FileMedium, IsNoneWhereNobodySaysSo) {
  make_disk("0", "fixed");
  EXPECT_EQ(medium_of(partition_, {}, sys_.path()), DisclosureKind::kCopy);
  EXPECT_EQ(medium_of(makedev(8, 18), {}, sys_.path()), DisclosureKind::kCopy) << "no such device";
  EXPECT_EQ(medium_of(partition_, {}, sys_ / "none"), DisclosureKind::kCopy);
}

}  // namespace
}  // namespace purposewatch

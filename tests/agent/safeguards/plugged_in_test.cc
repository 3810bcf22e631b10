// What is plugged into the machine: disks, USB, Thunderbolt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/safeguards/checks.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPluggedPolicy =
    "safeguards:\n"
    "  removable-storage-absent: {allow: ['Backup Disk *', SAFE1]}\n"
    "  block-devices-known: {allow: [sda, naa.5000c500a1b2c3d4, 'eui.*', 'QEMU *']}\n"
    "  usb-devices-known: {allow: ['046b:ff10', '1d6b:*', '046d:c31c:A*']}\n"
    "  thunderbolt-authorised: {}\n";

// A disk of that name, whose device is below /sys/devices.
void disk(const FakeHost& host, const std::string& name, const std::string& device,
          const std::string& size = "1000", const std::string& removable = "0") {
  host.directory("/sys/devices/" + device);
  host.file("/sys/block/" + name + "/size", size + "\n");
  host.file("/sys/block/" + name + "/removable", removable + "\n");
  host.link("/sys/block/" + name + "/device", "/sys/devices/" + device);
}

constexpr const char* kUsbDisk = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0";
constexpr const char* kInnerDisk = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";

// ---- removable-storage-absent

SafeguardResult removable(const FakeHost& host) {
  return check_removable_storage_absent(host.promised("removable-storage-absent"), host.view);
}

TEST(RemovableStorage, IsUnknownWithoutSysfsAndAbsentWhereThereIsNone) {
  const FakeHost host("", kPluggedPolicy);
  EXPECT_EQ(removable(host).state, SafeguardState::kUnknown);
  host.directory("/sys/block/loop0");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk);
  disk(host, "sda", kInnerDisk);
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << removable(host).why;
}

TEST(RemovableStorage, IsAnyDiskOnUsb) {
  const FakeHost host("", kPluggedPolicy);
  disk(host, "sdb", kUsbDisk);
  const std::string device = std::string("/sys/devices/") + kUsbDisk;
  host.file(device + "/vendor", "Kingston\n");
  host.file(device + "/model", "DataTraveler 3.0\n");
  host.file("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/idVendor", "0951\n");
  host.file("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/serial", "0019E06B\n");
  EXPECT_EQ(removable(host).state, SafeguardState::kViolated);
  EXPECT_EQ(removable(host).why, "sdb: Kingston DataTraveler 3.0, serial 0019E06B (on USB)");
  host.file("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/serial", "SAFE1\n");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << "its serial number is allowed";
  EXPECT_THAT(removable(host).why, HasSubstr("allowed"));
  host.file(device + "/serial", "OTHER\n");
  EXPECT_EQ(removable(host).state, SafeguardState::kViolated);
  host.file(device + "/vendor", "Backup\n");
  host.file(device + "/model", "Disk 4\n");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << "its vendor and model are allowed";
}

TEST(RemovableStorage, IsNotADriveWithoutMedium) {
  const FakeHost host("", kPluggedPolicy);
  disk(host, "sdb", kUsbDisk, "0", "1");
  disk(host, "sr0", kInnerDisk, "2097151", "1");
  disk(host, "sr1", kInnerDisk, "0", "1");
  disk(host, "fd0", "platform/floppy.0", "8", "1");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << removable(host).why;
  host.file("/sys/block/sr0/size", "1400000\n");
  EXPECT_EQ(removable(host).why, "sr0 (a medium in a drive)");
  host.file("/sys/block/sr0/size", "0\n");
  host.file("/sys/block/fd0/size", "2880\n");
  EXPECT_THAT(removable(host).why, HasSubstr("fd0"));
  host.file("/sys/block/fd0/size", "8\n");
  host.file("/sys/block/sdb/size", "what?");
  EXPECT_THAT(removable(host).why, HasSubstr("sdb")) << "who knows how large it is";
}

TEST(RemovableStorage, IsACardButNotAChipOnTheBoard) {
  const FakeHost host("", kPluggedPolicy);
  disk(host, "mmcblk0", "platform/mmc0/mmc0:0001");
  disk(host, "mmcblk0boot0", "platform/mmc0/mmc0:0001/block/mmcblk0");
  host.file("/sys/devices/platform/mmc0/mmc0:0001/type", "MMC\n");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << removable(host).why;
  disk(host, "mmcblk1", "platform/mmc1/mmc1:aaaa");
  host.file("/sys/devices/platform/mmc1/mmc1:aaaa/type", "SD\n");
  host.file("/sys/devices/platform/mmc1/mmc1:aaaa/name", "SD16G\n");
  EXPECT_EQ(removable(host).why, "mmcblk1: SD16G (a card)");
}

TEST(RemovableStorage, IsADiskBehindAPortOfTheCase) {
  const FakeHost host("", kPluggedPolicy);
  disk(host, "nvme1c0n1", "pci0000:00/0000:00:1d.0/0000:05:00.0/nvme/nvme1");
  host.file("/sys/block/nvme1c0n1/hidden", "1\n");
  host.file("/sys/devices/pci0000:00/0000:00:1d.0/0000:05:00.0/removable", "fixed\n");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << removable(host).why;
  host.file("/sys/devices/pci0000:00/0000:00:1d.0/0000:05:00.0/removable", "removable\n");
  EXPECT_THAT(removable(host).why, HasSubstr("nvme1c0n1 (on Thunderbolt"));
  EXPECT_EQ(removable(host).state, SafeguardState::kViolated);
}

TEST(RemovableStorage, IsNotMistakenForWhatHasUsbInItsName) {
  const FakeHost host("", kPluggedPolicy);
  disk(host, "sda", "pci0000:00/usb-like/usbx/usb1a/host0/0:0:0:0");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << removable(host).why;
  host.link("/sys/block/sdz/device", "/sys/devices/gone");
  host.file("/sys/block/not-a-directory", "x");
  EXPECT_EQ(removable(host).state, SafeguardState::kOk) << removable(host).why;
}

// ---- block-devices-known

SafeguardResult known(const FakeHost& host) {
  return check_block_devices_known(host.promised("block-devices-known"), host.view);
}

void known_disks(const FakeHost& host) {
  disk(host, "sda", kInnerDisk);
  disk(host, "sdb", "pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0");
  host.file("/sys/devices/pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0/wwid",
            "naa.5000c500a1b2c3d4\n");
  disk(host, "nvme0n1", "virtual/nvme-subsystem/nvme-subsys0");
  host.file("/sys/block/nvme0n1/wwid", "eui.0025388b710ac5a1\n");
  host.directory("/sys/block/loop0");
  host.directory("/sys/block/dm-0/slaves");
}

TEST(BlockDevices, AreKnownByNameWwidOrModel) {
  const FakeHost host("", kPluggedPolicy);
  EXPECT_EQ(known(host).state, SafeguardState::kUnknown) << "no /sys";
  known_disks(host);
  EXPECT_EQ(known(host).state, SafeguardState::kOk) << known(host).why;
  disk(host, "sdc", "virtual/q");
  EXPECT_THAT(known(host).why, HasSubstr("sdc is not known"));
  EXPECT_EQ(known(host).state, SafeguardState::kViolated);
  host.file("/sys/devices/virtual/q/vendor", "QEMU    \n");
  host.file("/sys/devices/virtual/q/model", "QEMU HARDDISK   \n");
  EXPECT_EQ(known(host).state, SafeguardState::kOk) << known(host).why;
}

TEST(BlockDevices, AreMissedWhenTheyAreGone) {
  const FakeHost host("", kPluggedPolicy);
  known_disks(host);
  host.remove("/sys/block/sdb");
  EXPECT_EQ(known(host).state, SafeguardState::kViolated);
  EXPECT_EQ(known(host).why, "disk naa.5000c500a1b2c3d4 is gone");
  EXPECT_THAT(known(host).remedy, HasSubstr("Find the missing disk"));
  host.remove("/sys/block/sda");
  host.remove("/sys/block/nvme0n1");
  EXPECT_EQ(known(host).why, "disk sda is gone, disk naa.5000c500a1b2c3d4 is gone")
      << "patterns miss nothing";
}

TEST(BlockDevices, AreNoEmptyDrivesAndNoHiddenPaths) {
  const FakeHost host("", kPluggedPolicy);
  known_disks(host);
  disk(host, "sr0", "virtual/cd", "2097151", "1");
  disk(host, "nvme0c0n1", "virtual/path");
  host.file("/sys/block/nvme0c0n1/hidden", "1\n");
  EXPECT_EQ(known(host).state, SafeguardState::kOk) << known(host).why;
  host.file("/sys/block/sr0/size", "1400000\n");
  EXPECT_EQ(known(host).state, SafeguardState::kViolated);
}

TEST(BlockDevices, TellTheirSerialNumberInVitalProductData) {
  const FakeHost host("", "safeguards: {block-devices-known: {allow: [WD-123, cciss/c0d0]}}\n");
  disk(host, "sda", kInnerDisk);
  host.file(std::string("/sys/devices/") + kInnerDisk + "/vpd_pg80",
            std::string("\0\x80\0\x14", 4) + "            WD-123  ");
  disk(host, "cciss!c0d0", "virtual/cciss");
  EXPECT_EQ(known(host).state, SafeguardState::kOk) << known(host).why;
  host.file(std::string("/sys/devices/") + kInnerDisk + "/vpd_pg80", std::string(300, '\0'));
  EXPECT_EQ(known(host).state, SafeguardState::kViolated);
}

TEST(BlockDevices, HaveToBeListedInThePolicy) {
  EXPECT_THAT(FakeHost("", "safeguards: {block-devices-known: {}}\n").problems, HasSubstr("allow"));
}

TEST(BlockDevices, AreUnknownWhereThereIsNone) {
  const FakeHost host("", "safeguards: {block-devices-known: {allow: '*'}}\n");
  host.directory("/sys/block/loop0");
  EXPECT_EQ(known(host).state, SafeguardState::kUnknown);
}

// ---- usb-devices-known

SafeguardResult usb(const FakeHost& host) {
  return check_usb_devices_known(host.promised("usb-devices-known"), host.view);
}

void usb_device(const FakeHost& host, const std::string& port, const std::string& vendor,
                const std::string& product, const std::string& sort, const std::string& subclass = "00") {
  const std::string device = "/sys/bus/usb/devices/" + port;
  host.file(device + "/idVendor", vendor + "\n");
  host.file(device + "/idProduct", product + "\n");
  host.file(device + ":1.0/bInterfaceClass", sort + "\n");
  host.file(device + ":1.0/bInterfaceSubClass", subclass + "\n");
}

TEST(UsbDevices, AreUnknownWithoutABus) {
  const FakeHost host("", kPluggedPolicy);
  EXPECT_EQ(usb(host).state, SafeguardState::kUnknown);
  host.directory("/sys/bus/usb/devices");
  EXPECT_EQ(usb(host).state, SafeguardState::kUnknown);
  usb_device(host, "usb1", "1d6b", "0002", "09");
  usb_device(host, "1-4", "0951", "1666", "08", "06");
  EXPECT_EQ(usb(host).state, SafeguardState::kOk) << "neither a hub nor a disk; " << usb(host).why;
}

TEST(UsbDevices, OfInputAndNetworkHaveToBeAllowed) {
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"03", "01"}, {"02", "06"}, {"02", "02"}, {"0a", "00"}, {"e0", "01"}, {"ef", "04"}, {"ef", "01"}};
  for (const auto& [sort, subclass] : kinds) {
    const FakeHost host("", kPluggedPolicy);
    usb_device(host, "1-2", "dead", "beef", sort, subclass);
    EXPECT_EQ(usb(host).state, SafeguardState::kViolated) << sort << subclass;
    EXPECT_THAT(usb(host).why, AllOf(HasSubstr("dead:beef"), HasSubstr("port 1-2")));
  }
}

TEST(UsbDevices, OfAVendorsOwnClassAreWhatTheirDriverMakesOfThem) {
  for (const char* made : {"net/eth1", "input/input7", "ieee80211/phy0"}) {
    const FakeHost host("", kPluggedPolicy);
    usb_device(host, "2-1.4", "0bda", "8153", "ff");
    EXPECT_EQ(usb(host).state, SafeguardState::kOk);
    host.directory(std::string("/sys/bus/usb/devices/2-1.4:1.0/") + made);
    EXPECT_EQ(usb(host).state, SafeguardState::kViolated) << made;
  }
}

TEST(UsbDevices, AreAllowedByTheirNumbersAndSerialNumber) {
  const FakeHost host("", kPluggedPolicy);
  usb_device(host, "1-1", "046b", "ff10", "03");
  usb_device(host, "1-3", "046d", "c31c", "03");
  EXPECT_THAT(usb(host).why, AllOf(HasSubstr("046d:c31c"), Not(HasSubstr("046b"))))
      << "it has no serial number";
  host.file("/sys/bus/usb/devices/1-3/serial", "A77\n");
  EXPECT_EQ(usb(host).state, SafeguardState::kOk) << usb(host).why;
  host.file("/sys/bus/usb/devices/1-3/serial", "B77\n");
  host.file("/sys/bus/usb/devices/1-3/product", "USB\xff Keyboard\n");
  EXPECT_EQ(usb(host).why, "046d:c31c USB\xff Keyboard, serial B77 (input, port 1-3)");
}

TEST(UsbDevices, AreUnknownWhenTheyCannotBeLookedAt) {
  const FakeHost host("", kPluggedPolicy);
  host.directory("/sys/bus/usb/devices/1-2:1.0");
  EXPECT_EQ(usb(host).state, SafeguardState::kUnknown);
  host.file("/sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "03\n");
  EXPECT_EQ(usb(host).state, SafeguardState::kUnknown) << "whose is it?";
  host.remove("/sys/bus/usb/devices/1-2:1.0");
  host.link("/sys/bus/usb/devices/1-3:1.0", "/sys/devices/unplugged");
  EXPECT_EQ(usb(host).state, SafeguardState::kOk) << "gone while it was looked at";
}

// ---- thunderbolt-authorised

SafeguardResult thunderbolt(const FakeHost& host) {
  return check_thunderbolt_authorised(host.promised("thunderbolt-authorised"), host.view);
}

constexpr const char* kThunderbolt = "/sys/bus/thunderbolt/devices/";

void domain(const FakeHost& host, const std::string& security, const std::string& iommu) {
  host.file(std::string(kThunderbolt) + "domain0/security", security + "\n");
  host.file(std::string(kThunderbolt) + "domain0/iommu_dma_protection", iommu + "\n");
  host.file(std::string(kThunderbolt) + "0-0/authorized", "1\n");
  host.file(std::string(kThunderbolt) + "0-0:1.1/vendor", "0x8087\n");
}

TEST(Thunderbolt, AsksBeforeADeviceIsLetIn) {
  const FakeHost host("", kPluggedPolicy);
  EXPECT_EQ(thunderbolt(host).state, SafeguardState::kUnknown);
  for (const char* security : {"user", "secure", "dponly", "usbonly", "nopcie"}) {
    domain(host, security, "0");
    EXPECT_EQ(thunderbolt(host).state, SafeguardState::kOk) << security;
  }
  domain(host, "user", "0");
  host.file(std::string(kThunderbolt) + "0-1/authorized", "1\n");
  host.file(std::string(kThunderbolt) + "0-1/vendor_name", "CalDigit\n");
  host.file(std::string(kThunderbolt) + "0-1/device_name", "TS3\n");
  EXPECT_EQ(thunderbolt(host).state, SafeguardState::kOk);
  EXPECT_THAT(thunderbolt(host).why, HasSubstr("0-1: CalDigit TS3"));
}

TEST(Thunderbolt, LetsEverybodyInWithoutSecurity) {
  const FakeHost host("", kPluggedPolicy);
  domain(host, "none", "0");
  EXPECT_EQ(thunderbolt(host).state, SafeguardState::kViolated) << "even with nothing plugged in";
  domain(host, "none", "1");
  EXPECT_EQ(thunderbolt(host).state, SafeguardState::kOk) << thunderbolt(host).why;
  host.file(std::string(kThunderbolt) + "0-301/authorized", "0\n");
  EXPECT_EQ(thunderbolt(host).state, SafeguardState::kOk);
  host.file(std::string(kThunderbolt) + "0-301/authorized", "1\n");
  EXPECT_THAT(thunderbolt(host).why, HasSubstr("0-301: unknown vendor unknown device was let in"));
}

TEST(Thunderbolt, IsUnknownAtALevelThatIsNotKnown) {
  const FakeHost host("", kPluggedPolicy);
  for (const char* security : {"", "tomorrow", "user secure", "\xff"}) {
    domain(host, security, "1");
    EXPECT_EQ(thunderbolt(host).state, SafeguardState::kUnknown) << security;
  }
}

TEST(PluggedInSafeguards, LookAtThisHostWithoutHarm) {
  FakeHost host("", kPluggedPolicy);
  host.view.root = "";
  for (const auto& result : {removable(host), known(host), usb(host), thunderbolt(host)})
    EXPECT_THAT(result.why, Not(""));
}

}  // namespace
}  // namespace purposewatch

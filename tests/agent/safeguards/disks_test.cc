// Arrays, disks and file systems that fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/safeguards/checks.h"
#include "tests/agent/safeguards/fake_host.h"
#include "tests/agent/safeguards/written_at.h"

namespace purposewatch {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kStores =
    "mail: {class: mail, paths: [/srv/mail, '/home/{user}/Maildir']}, db: {class: mail, paths: /var/db}";
constexpr const char* kPolicy = "safeguards: {raid-healthy: {}, disk-healthy: {}, filesystem-healthy: {}}\n";

// ---- raid-healthy

SafeguardResult raid(const FakeHost& host) {
  return check_raid_healthy(host.promised("raid-healthy"), host.view);
}

void array(const FakeHost& host, const std::string& name, const std::string& level, const std::string& state,
           const std::string& degraded) {
  const std::string md = "/sys/block/" + name + "/md/";
  host.file(md + "level", level + "\n");
  host.file(md + "array_state", state + "\n");
  host.file(md + "raid_disks", "2\n");
  host.file(md + "metadata_version", "1.2\n");
  if (!degraded.empty()) host.file(md + "degraded", degraded + "\n");
}

TEST(Raid, IsUnknownWithoutAnArray) {
  const FakeHost host("", kPolicy);
  EXPECT_EQ(raid(host).state, SafeguardState::kUnknown);
  host.directory("/sys/block/sda");
  EXPECT_EQ(raid(host).state, SafeguardState::kUnknown);
  EXPECT_THAT(raid(host).why, HasSubstr("there is no md array"));
}

TEST(Raid, IsHealthyWithAllItsDisks) {
  const FakeHost host("", kPolicy);
  for (const char* state : {"clean", "active", "active-idle", "write-pending", "read-auto", "readonly"}) {
    array(host, "md0", "raid1", state, "0");
    EXPECT_EQ(raid(host).state, SafeguardState::kOk) << state << raid(host).why;
  }
  array(host, "md1", "raid0", "clean", "");
  array(host, "md2", "linear", "clean", "");
  EXPECT_EQ(raid(host).state, SafeguardState::kOk) << "these cannot lack one; " << raid(host).why;
}

TEST(Raid, LacksADisk) {
  const FakeHost host("", kPolicy);
  array(host, "md0", "raid1", "clean", "0");
  array(host, "md127", "raid1", "active", "1");
  EXPECT_EQ(raid(host).state, SafeguardState::kViolated);
  EXPECT_EQ(raid(host).why, "md127 (raid1) lacks 1 of 2 disks");
  host.file("/sys/block/md127/md/sync_action", "recover\n");
  EXPECT_THAT(raid(host).why, HasSubstr("and is being rebuilt"));
  host.file("/sys/block/md127/md/degraded", "0\n");
  host.file("/sys/block/md127/md/dev-sdb1/state", "faulty,blocked\n");
  EXPECT_THAT(raid(host).why, HasSubstr("sdb1 has failed")) << "a spare has taken its place";
}

TEST(Raid, IsBrokenOrNotRunning) {
  const FakeHost host("", kPolicy);
  array(host, "md0", "raid0", "broken", "");
  EXPECT_THAT(raid(host).why, HasSubstr("md0 (raid0) is broken"));
  array(host, "md0", "raid5", "inactive", "");
  EXPECT_EQ(raid(host).why, "md0 (raid5) is not running");
  EXPECT_EQ(raid(host).state, SafeguardState::kViolated);
}

TEST(Raid, LeavesContainersAndStoppedArraysOut) {
  const FakeHost host("", kPolicy);
  array(host, "md127", "", "inactive", "");
  host.file("/sys/block/md127/md/metadata_version", "external:imsm\n");
  array(host, "md9", "", "clear", "");
  EXPECT_EQ(raid(host).state, SafeguardState::kUnknown) << raid(host).why;
  array(host, "md126", "raid1", "active", "0");
  host.file("/sys/block/md126/md/metadata_version", "external:/md127/0\n");
  EXPECT_EQ(raid(host).state, SafeguardState::kOk) << raid(host).why;
  array(host, "md126", "raid1", "inactive", "");
  host.file("/sys/block/md126/md/metadata_version", "external:-md127/0\n");
  EXPECT_EQ(raid(host).state, SafeguardState::kViolated);
}

TEST(Raid, IsUnknownWhenItCannotBeRead) {
  const FakeHost host("", kPolicy);
  for (const char* degraded : {"", "none", "\xff", "99999999999999999999"}) {
    array(host, "md0", "raid1", "clean", degraded);
    EXPECT_EQ(raid(host).state, SafeguardState::kUnknown) << degraded;
  }
  host.remove("/sys/block/md0");
  host.directory("/sys/block/md0/md/array_state");
  EXPECT_EQ(raid(host).state, SafeguardState::kUnknown);
}

// ---- disk-healthy

SafeguardResult disks(const FakeHost& host) {
  return check_disk_healthy(host.promised("disk-healthy"), host.view);
}

constexpr const char* kSda = "/run/purposewatch/smart/sda.json";

std::string ata(const std::string& passed, const std::string& when_failed = "",
                const std::string& prefailure = "true") {
  return R"({"device": {"name": "/dev/sda", "type": "sat"}, "model_name": "WDC WD40", "serial_number": "WD-1",
    "smart_status": {"passed": )" +
         passed + R"(}, "ata_smart_attributes": {"table": [{"id": 5, "name": "Reallocated_Sector_Ct",
    "when_failed": ")" +
         when_failed + R"(", "flags": {"prefailure": )" + prefailure + "}}]}}";
}

void plain_disk(const FakeHost& host, const std::string& name, const std::string& serial = "") {
  host.directory("/sys/devices/" + name);
  host.file("/sys/block/" + name + "/size", "1000\n");
  if (!serial.empty()) host.file("/sys/devices/" + name + "/serial", serial + "\n");
  host.link("/sys/block/" + name + "/device", "/sys/devices/" + name);
}

TEST(Disks, AreUnknownWithoutAReport) {
  const FakeHost host("", kPolicy);
  EXPECT_EQ(disks(host).state, SafeguardState::kUnknown);
  host.directory("/run/purposewatch/smart");
  plain_disk(host, "vda");
  EXPECT_EQ(disks(host).why, "no report of any disk");
  plain_disk(host, "sda");
  EXPECT_THAT(disks(host).why, HasSubstr("no report of sda"));
  EXPECT_THAT(disks(host).remedy, HasSubstr("/run/purposewatch/smart/*.json"));
}

TEST(Disks, AreWellWhenTheySaySo) {
  const FakeHost host("", kPolicy);
  plain_disk(host, "sda");
  write_file(host, kSda, ata("true"), hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kOk) << disks(host).why;
  write_file(host, kSda, ata("true", "past"), hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kOk) << "it has recovered";
  write_file(host, kSda, ata("true", "now", "false"), hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kOk) << "it is old, no more";
}

TEST(Disks, Fail) {
  const FakeHost host("", kPolicy);
  write_file(host, kSda, ata("false"), hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kViolated);
  EXPECT_EQ(disks(host).why, "/dev/sda WDC WD40, serial WD-1: SMART says that it fails");
  write_file(host, kSda, ata("true", "now"), hours(1));
  EXPECT_THAT(disks(host).why, HasSubstr("Reallocated_Sector_Ct is below its threshold"));
  write_file(host, kSda, R"({"nvme_smart_health_information_log": {"critical_warning": 4}})", hours(1));
  EXPECT_EQ(disks(host).why, std::string(kSda) + ": critical warning 0x04");
}

TEST(Disks, AreNotBelievedAfterAWhile) {
  const FakeHost host("", kPolicy);
  write_file(host, kSda, ata("true"), hours(4));
  EXPECT_EQ(disks(host).state, SafeguardState::kUnknown);
  EXPECT_THAT(disks(host).why, HasSubstr("sda.json is 4 h old"));
  write_file(host, kSda, ata("false"), hours(4));
  EXPECT_EQ(disks(host).state, SafeguardState::kUnknown);
}

TEST(Disks, AreFoundByNameControllerOrSerialNumber) {
  const FakeHost host("", kPolicy);
  plain_disk(host, "sdb", "S2");
  plain_disk(host, "nvme0n1");
  write_file(host, "/run/purposewatch/smart/1.json",
             R"({"device": {"name": "/dev/nvme0"}, "smart_status": {"passed": true},
                 "nvme_smart_health_information_log": {"critical_warning": 0}})",
             hours(1));
  EXPECT_EQ(disks(host).why, "no report of sdb");
  write_file(
      host, "/run/purposewatch/smart/2.json",
      R"({"device": {"name": "/dev/disk/by-id/x"}, "serial_number": "S2", "smart_status": {"passed": true}})",
      hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kOk) << disks(host).why;
  host.file("/sys/block/sdc/removable", "1\n");
  host.file("/sys/block/sdc/size", "0\n");
  host.directory("/sys/block/sdc/device");
  EXPECT_EQ(disks(host).state, SafeguardState::kOk) << "an empty drive has no say";
}

TEST(Disks, SayNothingInWhatIsNoReport) {
  const FakeHost host("", kPolicy);
  const std::string deep(100'000, '[');
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("7"), deep,
        std::string("{\"a\": \"\xff\"}"), std::string("{}"),
        std::string(R"({"smart_status": true, "device": [], "ata_smart_attributes": 3})"),
        std::string(
            R"({"smart_status": {"passed": "yes"}, "ata_smart_attributes": {"table": [1, null, [{}]]}})"),
        std::string(R"({"nvme_smart_health_information_log": {"critical_warning": -1}})"),
        "{\"smart_status\": {\"passed\": true}, \"x\": \"" + std::string(2 << 20, 'x') + "\"}"}) {
    write_file(host, kSda, text, hours(1));
    EXPECT_EQ(disks(host).state, SafeguardState::kUnknown) << text.substr(0, 100);
  }
  host.remove(kSda);
  ASSERT_EQ(mkfifo(host.view.path(kSda).c_str(), 0600), 0);
  EXPECT_EQ(disks(host).state, SafeguardState::kUnknown);
}

TEST(Disks, AreReportedWhereThePolicySays) {
  const FakeHost host("", "safeguards: {disk-healthy: {files: [/var/smart/*]}}\n");
  write_file(host, kSda, ata("false"), hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kUnknown);
  write_file(host, "/var/smart/sda", ata("true"), hours(1));
  EXPECT_EQ(disks(host).state, SafeguardState::kOk);
}

// ---- filesystem-healthy

SafeguardResult file_systems(const FakeHost& host) {
  return check_filesystem_healthy(host.promised("filesystem-healthy"), host.view);
}

std::string mount(int id, const std::string& point, const std::string& options, const std::string& type,
                  const std::string& super_options) {
  return std::to_string(id) + " 1 8:" + std::to_string(id) + " / " + point + " " + options + " shared:1 - " +
         type + " /dev/sda" + std::to_string(id) + " " + super_options + "\n";
}

const std::string kRoot = mount(1, "/", "rw,relatime", "ext4", "rw,errors=remount-ro");

TEST(FileSystems, AreUnknownWithoutAListOfMounts) {
  const FakeHost host(kStores, kPolicy);
  EXPECT_EQ(file_systems(host).state, SafeguardState::kUnknown);
  host.file("/proc/1/mountinfo", "\xff what\n");
  EXPECT_EQ(file_systems(host).state, SafeguardState::kUnknown);
  host.file("/proc/1/mountinfo", mount(7, "/boot", "rw", "ext4", "rw"));
  EXPECT_THAT(file_systems(host).why, HasSubstr("nothing is mounted where store"));
}

TEST(FileSystems, CountTheirErrors) {
  const FakeHost host(kStores, kPolicy);
  host.file("/proc/1/mountinfo", kRoot);
  EXPECT_EQ(file_systems(host).state, SafeguardState::kOk);
  EXPECT_THAT(file_systems(host).why, HasSubstr("counts its errors"));
  host.directory("/sys/fs/ext4/features");
  host.file("/sys/fs/ext4/sda1/errors_count", "0\n");
  EXPECT_EQ(file_systems(host).why, "no errors, and no store is read-only");
  host.file("/sys/fs/ext4/sda1/errors_count", "3\n");
  host.file("/sys/fs/ext4/sda1/first_error_time", "1800000000\n");
  EXPECT_EQ(file_systems(host).state, SafeguardState::kViolated);
  EXPECT_EQ(file_systems(host).why,
            "ext4 on sda1 has found 3 errors in itself, the first at 2027-01-15 08:00 UTC");
  host.file("/sys/fs/ext4/sda1/first_error_time", "9999999999999999\n");
  EXPECT_EQ(file_systems(host).why, "ext4 on sda1 has found 3 errors in itself");
  host.file("/sys/fs/ext4/sda1/errors_count", "many\n");
  EXPECT_EQ(file_systems(host).state, SafeguardState::kUnknown);
}

TEST(FileSystems, OfBtrfsCountTheErrorsOfTheirDevices) {
  const FakeHost host(kStores, kPolicy);
  host.file("/proc/1/mountinfo", kRoot);
  host.directory("/sys/fs/btrfs/features");
  const std::string device = "/sys/fs/btrfs/0aa1/devinfo/1/";
  const std::string none = "flush_errs 0\ncorruption_errs 0\ngeneration_errs 0\n";
  host.file(device + "error_stats", "write_errs 0\nread_errs 0\n" + none);
  EXPECT_EQ(file_systems(host).state, SafeguardState::kOk) << file_systems(host).why;
  host.file(device + "error_stats", "write_errs 1\nread_errs 2\n" + none);
  EXPECT_EQ(file_systems(host).why, "btrfs 0aa1 has met 3 errors on device 1");
  for (const char* text : {"invalid\n", "", "write_errs x\n", "write_errs 99999999999\n", "\xff"}) {
    host.file(device + "error_stats", text);
    EXPECT_EQ(file_systems(host).state, SafeguardState::kUnknown) << text;
  }
  host.file(device + "missing", "1\n");
  EXPECT_THAT(file_systems(host).why, HasSubstr("btrfs 0aa1 lacks device 1"));
}

TEST(FileSystems, BecomeReadOnlyBeneathTheirMount) {
  const FakeHost host(kStores, kPolicy);
  host.file("/proc/1/mountinfo", kRoot + mount(2, "/srv", "rw", "xfs", "ro,attr2"));
  EXPECT_EQ(file_systems(host).why, "/srv (xfs, store mail) has become read-only");
  EXPECT_EQ(file_systems(host).state, SafeguardState::kViolated);
  host.file("/proc/1/mountinfo", kRoot + mount(2, "/srv", "rw", "ext4", "rw,emergency_ro"));
  EXPECT_THAT(file_systems(host).why, HasSubstr("read-only because of errors"));
  host.file("/proc/1/mountinfo", kRoot + mount(2, "/srv", "rw", "ext4", "rw,shutdown"));
  EXPECT_THAT(file_systems(host).why, HasSubstr("/srv (ext4, store mail) is shut down"));
  host.file("/proc/1/mountinfo", kRoot + mount(2, "/home/ann", "rw", "ext4", "ro"));
  EXPECT_THAT(file_systems(host).why, HasSubstr("/home/{user}")) << "mounted in a store";
  host.file("/proc/1/mountinfo", kRoot + mount(2, "/srv/mailbox", "rw", "ext4", "ro"));
  EXPECT_EQ(file_systems(host).state, SafeguardState::kOk) << "no store lies there";
  host.file("/proc/1/mountinfo", mount(1, "/", "rw", "ext4", "ro") + mount(2, "/", "rw", "ext4", "rw"));
  EXPECT_EQ(file_systems(host).state, SafeguardState::kOk) << "only the last one can be seen";
}

TEST(FileSystems, MayBeReadOnlyOnPurpose) {
  const FakeHost host(kStores, kPolicy);
  const std::string archive = kRoot + mount(2, "/srv/mail", "ro,nosuid", "squashfs", "ro");
  host.file("/proc/1/mountinfo", archive);
  EXPECT_EQ(file_systems(host).state, SafeguardState::kOk) << file_systems(host).why;
  host.remove("/proc/1/mountinfo");
  host.file("/proc/self/mountinfo", archive);
  EXPECT_EQ(file_systems(host).state, SafeguardState::kUnknown)
      << "systemd shows the agent much that is read-only";
}

TEST(FileSystems, OfOtherStoresMayBeAsTheyAre) {
  const FakeHost host(kStores, "safeguards: {filesystem-healthy: {stores: db}}\n");
  host.file("/proc/1/mountinfo", kRoot + mount(2, "/srv", "rw", "ext4", "ro"));
  EXPECT_EQ(file_systems(host).state, SafeguardState::kOk) << file_systems(host).why;
}

TEST(DiskSafeguards, LookAtThisHostWithoutHarm) {
  FakeHost host(kStores, kPolicy);
  host.view.root = "";
  for (const auto& result : {raid(host), disks(host), file_systems(host)}) EXPECT_THAT(result.why, Not(""));
}

}  // namespace
}  // namespace purposewatch

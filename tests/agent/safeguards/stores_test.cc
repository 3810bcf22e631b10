// How the stores are mounted, and where their ports are served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/shown_path.h"
#include "agent/safeguards/host/store_places.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using enum SafeguardState;

class StoreMountOptions : public testing::Test {
 protected:
  SafeguardResult check(const std::string& mounts) const {
    host_.file("/proc/self/mountinfo", mounts);
    return check_store_mount_options(host_.promised("store-mount-options"), host_.view);
  }

  FakeHost host_{"a: {class: mail, paths: '/srv/a/{client}', except: /srv/a/shared}",
                 "safeguards: {store-mount-options: {options: [nosuid, nodev]}}\n"};
};

TEST_F(StoreMountOptions, AreOkWhenTheMountHasAll) {
  EXPECT_EQ(check("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / /srv rw,nosuid,nodev - ext4 /dev/sda2 rw\n"),
            is_ok("1 mounts, all with nosuid,nodev"));
}

TEST_F(StoreMountOptions, AreViolatedWhenOneIsMissing) {
  const SafeguardResult result = check("1 0 8:1 / / rw,nosuid,nodevice - ext4 /dev/sda1 rw\n");
  EXPECT_EQ(result.state, kViolated);
  EXPECT_EQ(result.why, "/ (a) is without nodev");
  EXPECT_THAT(result.remedy, StartsWith("mount -o remount,nodev PATH,"));
}

TEST_F(StoreMountOptions, OfTheWholeFileSystemCount) {
  EXPECT_EQ(check("1 0 8:1 / / rw,nosuid - ext4 /dev/sda1 rw,nodev\n").state, kOk);
}

TEST_F(StoreMountOptions, AreThoseOfTheMountOnTop) {
  EXPECT_EQ(
      check("1 0 8:1 / /srv rw,nosuid,nodev - ext4 /dev/sda1 rw\n2 1 8:2 / /srv rw - ext4 /dev/sda2 rw\n")
          .why,
      "/srv (a) is without nosuid,nodev");
}

TEST_F(StoreMountOptions, OfMountsWithinTheStoreCountBesidesThoseBesideIt) {
  const std::string root = "1 0 8:1 / / rw,nosuid,nodev - ext4 /dev/sda1 rw\n";
  EXPECT_EQ(check(root + "2 1 8:2 / /srv/b rw - ext4 /dev/sda2 rw\n").state, kOk);
  EXPECT_EQ(check(root + "2 1 8:2 / /srv/a/shared rw - ext4 /dev/sda2 rw\n").state, kOk);
  EXPECT_EQ(check(root + "2 1 8:2 / /srv/a/alice/tmp rw,nosuid - tmpfs tmpfs rw\n").why,
            "/srv/a/{client}/tmp (a) is without nodev");
  EXPECT_EQ(check(root + "2 1 8:2 / /srv/a/odd\\012name rw - tmpfs tmpfs rw\n").state, kViolated);
}

TEST_F(StoreMountOptions, AreUnknownWithoutAListOfMounts) {
  EXPECT_EQ(check_store_mount_options(host_.promised("store-mount-options"), host_.view).state, kUnknown);
  EXPECT_EQ(check("no mounts\n").state, kUnknown);
  EXPECT_EQ(check("").state, kUnknown);
}

TEST(StoreMountOptionsOfAStore, WithoutAPathAreUnknown) {
  FakeHost host("a: {class: mail, ports: 'tcp:*:3306'}",
                "safeguards: {store-mount-options: {options: [nosuid]}}\n");
  host.file("/proc/self/mountinfo", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
  EXPECT_EQ(check_store_mount_options(host.promised("store-mount-options"), host.view).why,
            "no store has a path");
}

TEST(StoreMountOptionsOfAStore, AreWritableOnlyWhereMountAndFileSystemAre) {
  FakeHost host("a: {class: mail, paths: /srv}", "safeguards: {store-mount-options: {options: [rw]}}\n");
  const auto check = [&](const std::string& mounts) {
    host.file("/proc/self/mountinfo", mounts);
    return check_store_mount_options(host.promised("store-mount-options"), host.view).state;
  };
  EXPECT_EQ(check("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"), kOk);
  EXPECT_EQ(check("1 0 8:1 / / rw - ext4 /dev/sda1 ro\n"), kViolated);
  EXPECT_EQ(check("1 0 8:1 / / ro - ext4 /dev/sda1 rw\n"), kViolated);
}

// The kernel writes addresses as 32-bit numbers of its own byte order.
constexpr bool kIsLittleEndian = std::endian::native == std::endian::little;
constexpr const char* kLoopback = kIsLittleEndian ? "0100007F" : "7F000001";
constexpr const char* kLoopback6 =
    kIsLittleEndian ? "00000000000000000000000001000000" : "00000000000000000000000000000001";
constexpr const char* kMappedLoopback =
    kIsLittleEndian ? "0000000000000000FFFF00000100007F" : "00000000000000000000FFFF7F000001";
constexpr const char* kAny = "00000000";
constexpr const char* kAny6 = "00000000000000000000000000000000";

class DatabaseListeners : public testing::Test {
 protected:
  static std::string line(const std::string& address, const std::string& port, const char* state = "0A") {
    return "   0: " + address + ":" + port + " " + address + ":0000 " + state +
           " 00000000:00000000 00:00000000 00000000   106        0 1452 1 0000000032e1514a 100 0 0 10 0\n";
  }
  SafeguardResult check(const std::string& four, const std::string& six = "") const {
    host_.file("/proc/net/tcp", "  sl  local_address rem_address   st tx_queue rx_queue tr\n" + four);
    if (!six.empty()) host_.file("/proc/net/tcp6", "  sl  local_address\n" + six);
    return check_database_listeners(host_.promised("database-listeners"), host_.view);
  }

  FakeHost host_{
      "a: {class: mail, ports: ['tcp:127.0.0.1:3306', 'tcp:[::1]:3306']}, b: {class: mail, ports: "
      "'tcp:*:5432'}, c: {class: mail, paths: /srv}",
      "safeguards: {database-listeners: {}}\n"};
};

TEST_F(DatabaseListeners, AreOkAtThePolicysAddresses) {
  EXPECT_EQ(check(line(kLoopback, "0CEA")), is_ok("1 served, as the policy names them"));
  EXPECT_EQ(check(line(kLoopback, "0CEA"), line(kLoopback6, "0CEA") + line(kMappedLoopback, "0CEA")).state,
            kOk);
}

TEST_F(DatabaseListeners, AreViolatedAtAllAddresses) {
  const SafeguardResult result = check(line(kLoopback, "0016") + line(kAny, "0CEA"));
  EXPECT_EQ(result.state, kViolated);
  EXPECT_EQ(result.why, "served at 0.0.0.0:3306 (the policy names 127.0.0.1, ::1)");
  EXPECT_THAT(result.remedy, HasSubstr("ss -ltnp"));
  EXPECT_THAT(check("", line(kAny6, "0CEA")).why, HasSubstr("[::]:3306"));
}

TEST_F(DatabaseListeners, AreOkAnywhereWhereThePolicySaysSo) {
  EXPECT_EQ(check(line(kAny, "1538"), line(kAny6, "1538")).state, kOk);
}

TEST_F(DatabaseListeners, AreOkWhenNobodyListens) {
  EXPECT_EQ(check(""), is_ok("nobody listens"));
  EXPECT_EQ(check(line(kAny, "0016")).why, "nobody listens") << "at another port";
  EXPECT_EQ(check(line(kAny, "0CEA", "01")).why, "nobody listens") << "connected is not listening";
}

TEST_F(DatabaseListeners, OfGarbageAreNone) {
  for (const char* garbage :
       {"\n", "0A 0A 0A 0A\n", "0: :0CEA x 0A\n", "0: 0000000:0CEA x 0A\n", "0: 00000000:GGGG x 0A\n",
        "0: 00000000:FFFFF x 0A\n", "0: 00000000: x 0A\n", "0: -0000001:0CEA x 0A\n", "\xff\xfe: x\n"})
    EXPECT_EQ(check(garbage).why, "nobody listens") << garbage;
}

TEST_F(DatabaseListeners, AreUnknownWithoutTheKernelsTable) {
  EXPECT_EQ(check_database_listeners(host_.promised("database-listeners"), host_.view).state, kUnknown);
}

TEST(DatabaseListenersOfStores, WithoutAPortAreUnknown) {
  FakeHost host("a: {class: mail, paths: /srv}", "safeguards: {database-listeners: {}}\n");
  EXPECT_EQ(check_database_listeners(host.promised("database-listeners"), host.view).why,
            "no store has a port");
}

TEST(DatabaseListenersOfStores, ThatShareAPortShareItsAddresses) {
  FakeHost host(
      "a: {class: mail, ports: 'tcp:127.0.0.1:3306'}, b: {class: mail, ports: 'tcp:192.0.2.1:3306'}",
      "safeguards: {database-listeners: {stores: b}}\n");
  host.file("/proc/net/tcp", "   0: " + std::string(kLoopback) + ":0CEA 00000000:0000 0A 0\n");
  EXPECT_EQ(check_database_listeners(host.promised("database-listeners"), host.view).state, kOk);
}

TEST(StoresOfThisHost, AreLookedAtWithoutACrash) {
  FakeHost host("a: {class: mail, paths: '/var/*', ports: 'tcp:127.0.0.1:3306'}",
                "safeguards: {database-listeners: {}, store-mount-options: {options: [nosuid]}}\n");
  host.view.root = "";
  check_store_mount_options(host.promised("store-mount-options"), host.view);
  check_database_listeners(host.promised("database-listeners"), host.view);
}

TEST(MountOf, IsTheOneThatIsSeenAndNoneThatIsHidden) {
  FakeHost host("a: {class: mail, paths: /srv/mail}");
  const auto mounts = read_mount_info(
      "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /srv/mail rw - tmpfs hidden rw\n3 1 0:9 / /srv rw - "
      "tmpfs over rw\n");
  EXPECT_EQ(mount_of(host.view, mounts, "/srv/mail")->id, 2U) << "by the list alone";
  host.view.calls.mount_id = [](const std::string& path) {
    return path.ends_with("/srv/mail") ? std::optional<std::uint64_t>(3) : std::nullopt;
  };
  EXPECT_EQ(mount_of(host.view, mounts, "/srv/mail")->id, 3U);
}

TEST(ShownPath, NamesNoClient) {
  const FakeHost host(
      "a: {class: mail, paths: ['/home/{client}/Maildir', '/srv/*/mail']}, b: {class: mail, paths: /var/b}");
  const auto shown = [&](const std::string& path) { return shown_path(*host.view.rules, path); };
  EXPECT_EQ(shown("/home/al ice"), "/home/{client}");
  EXPECT_EQ(shown("/home/alice/Maildir/cur"), "/home/{client}/Maildir/cur");
  EXPECT_EQ(shown("/home/alice/notes"), "/home/{client}/notes") << "whose, is not told either";
  EXPECT_EQ(shown("/srv/alice"), "/srv/*");
  for (const char* path : {"/home", "/", "", "/var/b/c", "relative"}) EXPECT_EQ(shown(path), path);
}

}  // namespace
}  // namespace purposewatch

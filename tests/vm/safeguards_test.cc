// Safeguards against the real thing: disks that fail, are encrypted, come and go. Runs in a machine of its
// own (tests/vm/CMakeLists.txt), as root, and leaves it as it is: the machine ends with it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/safeguard_watch.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr std::chrono::seconds kAtMost{60};

void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// A disk of that name, which the file system of /tmp holds.
std::string loop_device(const std::string& name, int megabytes = 16) {
  const std::string image = "/tmp/" + name + ".img", device = "/tmp/" + name + ".device";
  run(fmt::format("truncate -s {}M {}", megabytes, image));
  run(fmt::format("losetup -f > {} && losetup $(cat {}) {}", device, device, image));
  std::string path;
  std::getline(std::ifstream(device), path);
  return path;
}

class RealHost {
 public:
  RealHost(const std::string& stores, const std::string& safeguards)
      : host_(stores, "safeguards: {" + safeguards + "}\n") {
    host_.view.root = "";
    host_.view.calls = real_host_calls();
  }
  SafeguardResult look(const std::string& name) const {
    return safeguard_entry(name)->check(host_.promised(name), host_.view);
  }
  const HostView& view() const { return host_.view; }

 private:
  FakeHost host_;
};

// What a watch of that host tells, from its start on.
class Told {
 public:
  explicit Told(const RealHost& host) {
    SafeguardWatch::Surroundings around;
    around.calls = host.view().calls;
    around.wall_ns = [] { return std::int64_t{1'800'000'000'000'000'000}; };
    around.tell = [this](const SafeguardStatus& status) {
      const std::lock_guard lock(mutex_);
      last_ = status.result;
      ++count_;
      changed_.notify_all();
    };
    watch_ = std::make_unique<SafeguardWatch>(std::move(around));
    watch_->use(host.view().rules);
    watch_->start();
  }

  // How long it took.
  std::chrono::milliseconds wait_for(SafeguardState state) {
    const auto begin = steady_clock::now();
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kAtMost, [&] { return count_ > 0 && last_.state == state; }))
        << name_of(last_.state) << ": " << last_.why;
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
  }
  std::string why() const {
    const std::lock_guard lock(mutex_);
    return last_.why;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  SafeguardResult last_;
  int count_ = 0;
  std::unique_ptr<SafeguardWatch> watch_;  // last: it ends first
};

void plug_in(const std::string& name) {
  std::ofstream("/dev/ttyS2") << "device_add usb-storage,drive=" << name << ",id=" << name << "\n";
  const auto begin = steady_clock::now();
  while (!std::filesystem::exists("/sys/block/sda") && steady_clock::now() - begin < kAtMost)
    std::this_thread::yield();
}
void pull_out(const std::string& name) {
  std::ofstream("/dev/ttyS2") << "device_del " << name << "\n";
  const auto begin = steady_clock::now();
  while (std::filesystem::exists("/sys/block/sda") && steady_clock::now() - begin < kAtMost)
    std::this_thread::yield();
}

TEST(RealDisks, AreEncryptedBeneathOneStoreAndNotBeneathAnother) {
  plug_in("plain");
  run("mkdir -p /tmp/store && head -c 64 /dev/urandom > /tmp/key");
  run("mkfs.ext4 -q /dev/sda && mount /dev/sda /tmp/store");
  const RealHost host("a: {class: mail, paths: /tmp/store}", "store-encrypted-at-rest: {}");
  const SafeguardResult found = host.look("store-encrypted-at-rest");
  EXPECT_EQ(found.state, SafeguardState::kViolated) << found.why;
  EXPECT_THAT(found.why, HasSubstr("sda"));
  run("umount /tmp/store && cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 512 "
      "--key-file /tmp/key /dev/sda secret");
  run("mkfs.ext4 -q /dev/mapper/secret && mount /dev/mapper/secret /tmp/store");
  EXPECT_EQ(host.look("store-encrypted-at-rest").state, SafeguardState::kOk)
      << host.look("store-encrypted-at-rest").why;
  run("umount /tmp/store && cryptsetup close secret");
  pull_out("plain");
}

TEST(RealDisks, OfAnArrayThatFailIsMissed) {
  const std::string one = loop_device("one"), other = loop_device("other");
  run("mdadm --create /dev/md7 --run --quiet --metadata=1.2 --assume-clean --level=1 --raid-devices=2 " +
      one + " " + other);
  const RealHost host("a: {class: mail, paths: /tmp}", "raid-healthy: {}");
  EXPECT_EQ(host.look("raid-healthy").state, SafeguardState::kOk) << host.look("raid-healthy").why;
  Told told(host);
  told.wait_for(SafeguardState::kOk);
  run("mdadm --quiet --fail /dev/md7 " + other);
  fmt::print("a disk of an array: told after {} ms\n", told.wait_for(SafeguardState::kViolated).count());
  EXPECT_THAT(told.why(), HasSubstr("md7"));
}

TEST(RealDisks, ThatFailLeaveAFileSystemReadOnly) {
  const std::string disk = loop_device("failing", 32);
  const std::string sectors = "65536";
  run("mkdir -p /tmp/failing && echo 0 " + sectors + " linear " + disk + " 0 | dmsetup create failing");
  run("mkfs.ext4 -q /dev/mapper/failing && mount -o errors=remount-ro /dev/mapper/failing /tmp/failing");
  const RealHost host("a: {class: mail, paths: /tmp/failing}", "filesystem-healthy: {}");
  EXPECT_EQ(host.look("filesystem-healthy").state, SafeguardState::kOk)
      << host.look("filesystem-healthy").why;
  Told told(host);
  told.wait_for(SafeguardState::kOk);
  run("dmsetup suspend --nolockfs failing && echo 0 " + sectors +
      " error | dmsetup reload failing && dmsetup resume failing");
  run("(echo mail > /tmp/failing/mail; sync) 2>/dev/null; true");
  told.wait_for(SafeguardState::kViolated);
  EXPECT_THAT(told.why(), HasSubstr("ext4 on dm-"));
}

TEST(RealStores, ThatAreOpenToAllForAMomentAreSeen) {
  run("mkdir -p /tmp/open/store && chmod 700 /tmp/open/store && chmod 755 /tmp/open");
  const RealHost host("a: {class: mail, paths: /tmp/open/store}", "store-permissions: {}");
  Told told(host);
  told.wait_for(SafeguardState::kOk);
  ASSERT_EQ(chmod("/tmp/open/store", 0705), 0);
  fmt::print("chmod o+r: told after {} ms\n", told.wait_for(SafeguardState::kViolated).count());
  ASSERT_EQ(chmod("/tmp/open/store", 0700), 0);
  told.wait_for(SafeguardState::kOk);
}

TEST(RealUsb, AStickIsSeenWhenItIsPluggedIn) {
  const RealHost host("a: {class: mail, paths: /tmp}", "removable-storage-absent: {}");
  Told told(host);
  told.wait_for(SafeguardState::kOk);
  plug_in("stick");
  fmt::print("a USB disk: told {} ms after it was there\n", told.wait_for(SafeguardState::kViolated).count());
  EXPECT_THAT(told.why(), HasSubstr("sda"));
  pull_out("stick");
  told.wait_for(SafeguardState::kOk);
}

TEST(AHostWithoutTheHardware, IsNeverOkInIt) {
  const RealHost host(
      "", "chassis-intrusion: {}, thunderbolt-authorised: {}, hardware-temperature: {}, secure-boot: {}");
  for (const char* name :
       {"chassis-intrusion", "thunderbolt-authorised", "hardware-temperature", "secure-boot"}) {
    EXPECT_EQ(host.look(name).state, SafeguardState::kUnknown) << name << ": " << host.look(name).why;
    EXPECT_FALSE(host.look(name).why.empty() || host.look(name).remedy.empty()) << name;
  }
}

}  // namespace
}  // namespace purposewatch

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  setenv("DM_DISABLE_UDEV", "1", 1);  // there is none
  const bool is_ready =
      std::system(
          "for module in /vm/modules/devices/*.ko; do insmod $module || exit 1; done; "
          "echo 0 > /sys/module/usb_storage/parameters/delay_use; mkdir -p /run/lock /run/cryptsetup") == 0;
  return is_ready ? RUN_ALL_TESTS() : 1;
}

// Below the file system: block devices that hold stores, and files that are devices to the kernel.
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class DevicesInTheKernel : public KernelTest {
 protected:
  // ROOT/fsck may use devices of store "mail", which may lie on any directory below ROOT.
  std::string policy() const {
    return usual_policy() +
           "  - {service: fsck, store: mail, access: [device], purpose: requested-service}\n";
  }

  void watch_devices() {
    std::string text = policy();
    const std::string before = "  client-self:";
    text.insert(text.find(before), "  fsck: {exe: [\"" + path("fsck") + "\"]}\n");
    watch(text);
  }

  // A node of our own for a device: /dev need not have one.
  std::string node_of(dev_t device) const {
    std::string node = path("node-" + std::to_string(major(device)) + "-" + std::to_string(minor(device)));
    return mknod(node.c_str(), S_IFBLK | 0600, device) == 0 ? node : "";
  }

  // Of the file system of a path; nothing where it has no device of its own.
  static std::optional<dev_t> device_of(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0 || major(status.st_dev) == 0) return std::nullopt;
    return status.st_dev;
  }
};

TEST_F(DevicesInTheKernel, TheDeviceUnderAStoreIsTheStore) {
  const std::string mail = make_file("vmail/example.org/alice/1"), fsck = copy_of_actor("fsck");
  watch_devices();
  const auto device = device_of(mail);
  if (!device) GTEST_SKIP() << "the tests' directory lies on no block device here";
  const std::string node = node_of(*device);
  ASSERT_NE(node, "");
  if (try_to_act(actor(), {"read", node}) != 0) GTEST_SKIP() << "this machine keeps the device from everyone";
  const Finding one = finding();
  EXPECT_EQ(one.access.kind, AccessKind::kDevice);
  EXPECT_EQ(one.access.path, node);
  EXPECT_EQ(one.verdict.store, "mail");
  EXPECT_EQ(one.subject->executable, actor());
  act(fsck, {"read", node});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("fsck", "device"), 1U);
}

// An image, a loop device over it, and a file system on that: with nothing left behind however the test ends,
// since the mounts are this process's alone, and the loop device goes with the last of them.
class LoopInTheKernel : public DevicesInTheKernel {
 protected:
  void mount_image() {
    const std::string image = path("image"), command = "mkfs.ext4 -q -F " + image + " 1M >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) GTEST_SKIP() << "no mkfs.ext4";
    const Descriptor control(open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    const int number = control ? ioctl(control.get(), LOOP_CTL_GET_FREE) : -1;
    if (number < 0) GTEST_SKIP() << "no loop devices";
    loop_ = "/dev/loop" + std::to_string(number);
    const Descriptor loop(open(loop_.c_str(), O_RDWR | O_CLOEXEC)),
        file(open(image.c_str(), O_RDWR | O_CLOEXEC));
    loop_config config{};
    config.fd = static_cast<__u32>(file.get());
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    image.copy(reinterpret_cast<char*>(config.info.lo_file_name), LO_NAME_SIZE - 1);
    if (ioctl(loop.get(), LOOP_CONFIGURE, &config) != 0)
      GTEST_SKIP() << "the loop device cannot be configured";
    ASSERT_EQ(mount(loop_.c_str(), make_directory("vmail").c_str(), "ext4", 0, nullptr), 0);
  }

  void TearDown() override {
    umount2(path("vmail").c_str(), MNT_DETACH);
    DevicesInTheKernel::TearDown();
  }

  std::string loop_;
};

TEST_F(LoopInTheKernel, TheLoopDeviceAndItsImageAreTheStore) {
  const std::string fsck = copy_of_actor("fsck");
  mount_image();
  if (IsSkipped() || HasFatalFailure()) return;
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch_devices();
  act({"read", mail});
  EXPECT_EQ(finding().access.path, mail);
  act({"opath", loop_});
  EXPECT_TRUE(findings().empty());
  for (const std::string& under : {loop_, path("image")}) {
    act({"read", under});
    const Finding one = finding();
    EXPECT_EQ(one.access.kind, AccessKind::kDevice);
    EXPECT_EQ(one.access.path, under);
    EXPECT_EQ(one.verdict.store, "mail");
    act(fsck, {"read", under});
    EXPECT_TRUE(findings().empty());
  }
  EXPECT_EQ(permitted("fsck", "device"), 2U);
}

TEST_F(DevicesInTheKernel, ADeviceThatHoldsNoStoreIsNobodysBusiness) {
  make_file("vmail/example.org/alice/1");
  watch_devices();
  const std::string node = node_of(makedev(7, 7));  // a loop device, not in use
  ASSERT_NE(node, "");
  if (try_to_act(actor(), {"read", node}) != 0) GTEST_SKIP() << "there is no loop device here";
  EXPECT_TRUE(findings().empty());
}

}  // namespace
}  // namespace purposewatch::testing

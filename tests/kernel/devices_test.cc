// Below the file system: block devices that hold stores, and files that are devices to the kernel.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/kernel/loop_image.h"
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

TEST_F(DevicesInTheKernel, TheLoopDeviceAndItsImageAreTheStore) {
  const std::string fsck = copy_of_actor("fsck");
  std::string why_not;
  const auto image = LoopImage::make(path("image"), why_not);
  if (!image) GTEST_SKIP() << why_not;
  ASSERT_TRUE(image->mount_at(make_directory("vmail")));
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch_devices();
  act({"read", mail});
  EXPECT_EQ(finding().access.path, mail);
  act({"opath", image->device()});
  EXPECT_TRUE(findings().empty());
  for (const std::string& under : {image->device(), path("image")}) {
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

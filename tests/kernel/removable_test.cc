// Copies to what can be unplugged. In a machine of its own alone (tests/vm/CMakeLists.txt), which has a
// stick.
#include <sys/mount.h>

#include <chrono>
#include <cstdlib>

#include "tests/kernel/disclosing.h"

namespace purposewatch::testing {
namespace {

class RemovableMedia : public DisclosuresInTheKernel {
 protected:
  void SetUp() override {
    DisclosuresInTheKernel::SetUp();
    const char* stick = std::getenv("PURPOSEWATCH_STICK");
    if (stick == nullptr) GTEST_SKIP() << "this machine is not known to have a stick that may be written to";
    ASSERT_EQ(std::system("for module in /vm/modules/devices/*.ko; do insmod $module || exit 1; done"), 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::filesystem::exists(stick)) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    ASSERT_EQ(std::system((std::string("mkfs.ext4 -q -F ") + stick).c_str()), 0);
    mounted_ = make_directory("stick");
    ASSERT_EQ(mount(stick, mounted_.c_str(), "ext4", 0, nullptr), 0) << strerror(errno);
  }
  void TearDown() override {
    if (!mounted_.empty()) umount2(mounted_.c_str(), MNT_DETACH);
    DisclosuresInTheKernel::TearDown();
  }
  std::string mounted_;
};

TEST_F(RemovableMedia, ThatAreCopiedToAreToldAndNoServicesByItself) {
  watch(policy());
  act({"read", mail_, "create", mounted_ + "/copy"});
  const Finding told = disclosure();
  ASSERT_TRUE(told.access.disclosure);
  EXPECT_EQ(told.access.disclosure->kind, DisclosureKind::kRemovable);
  EXPECT_EQ(told.access.disclosure->path, mounted_ + "/copy");
  act(imap_, {"read", mail_, "create", mounted_ + "/another"});
  EXPECT_EQ(disclosure().verdict.reason, Reason::kNoEgress) << "which may copy within the host's own disks";
}

}  // namespace
}  // namespace purposewatch::testing

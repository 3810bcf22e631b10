// To mount over a store, or to unmount one, takes clients' data out of sight: an access of its own.
#include <sys/mount.h>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class MountingInTheKernel : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    store_ = make_directory("vmail/example.org/alice");
    elsewhere_ = make_directory("elsewhere");
    make_file("elsewhere/1");
    watch();
  }
  void TearDown() override {
    for (const std::string& directory : {store_, path("vmail"), elsewhere_})
      while (umount2(directory.c_str(), MNT_DETACH) == 0) continue;
    KernelTest::TearDown();
  }

  void expect_mount(const std::string& where, const std::optional<std::string>& client) {
    const Finding told = finding();
    EXPECT_EQ(told.access.kind, AccessKind::kAttr);
    EXPECT_TRUE(told.access.is_mount);
    EXPECT_EQ(told.verdict.store, "mail");
    EXPECT_EQ(told.verdict.client, client.value_or(""));
    EXPECT_EQ(told.access.path, where);
  }

  std::string store_, elsewhere_;
};

TEST_F(MountingInTheKernel, OverAStoreAndTheEndOfItAreAccesses) {
  act({"tmpfs", store_});
  expect_mount(store_, "alice");
  act({"unmount", store_});
  expect_mount(store_, "alice");
}

TEST_F(MountingInTheKernel, OfADirectoryOrAClonedTreeIsOneToo) {
  act({"bind", elsewhere_, store_});
  expect_mount(store_, "alice");
  act({"clone-mount", elsewhere_, store_});
  expect_mount(store_, "alice");
  act({"remount", store_});
  expect_mount(store_, "alice");
}

TEST_F(MountingInTheKernel, AboveAStoreHidesIt) {
  act({"tmpfs", path("vmail")});
  expect_mount(path("vmail"), std::nullopt);
  act({"unmount", path("vmail")});
  expect_mount(path("vmail"), std::nullopt);
}

TEST_F(MountingInTheKernel, ElsewhereShowsAStoreButHidesNothing) {
  act({"bind", path("vmail"), elsewhere_, "unmount", elsewhere_, "tmpfs", elsewhere_, "unmount", elsewhere_});
  EXPECT_TRUE(findings().empty());
}

TEST_F(MountingInTheKernel, InAPrivateNamespaceHidesNothingFromOthers) {
  act({"private", "tmpfs", store_, "unmount", store_, "tmpfs", path("vmail")});
  EXPECT_TRUE(findings().empty());
}

TEST_F(MountingInTheKernel, ThatTheKernelRefusesIsNone) {
  act({"unprivileged-tmpfs", store_});
  EXPECT_TRUE(findings().empty());
}

TEST_F(MountingInTheKernel, ThatAPermitCoversIsCounted) {
  std::string policy = usual_policy();
  policy.replace(policy.find("access: [read, list]"), 20, "access: [attr]");
  ASSERT_TRUE(reload(policy));
  const std::string imap = copy_of_actor("imap");
  for (const std::string verb : {"tmpfs", "unmount"}) {
    act(imap, {verb, store_});
    EXPECT_TRUE(findings().empty());
  }
  EXPECT_EQ(permitted("imap", "attr"), 2U);
}

TEST_F(MountingInTheKernel, WhatIsMovedAwayStaysTheStores) {
  act({"bind", elsewhere_, store_});
  expect_mount(store_, "alice");
  const std::string away = make_directory("away");
  act({"move-mount", store_, away});
  expect_mount(store_, "alice");
  if (!backend_is(Backend::kSyscalls)) {  // there, its files have no name in a store any more
    act({"read", away + "/1"});
    EXPECT_EQ(finding().access.path, store_ + "/1");
  }
  ASSERT_EQ(umount2(away.c_str(), 0), 0);
}

// What is gone by the time somebody looks is told by the hooks alone.
TEST_F(MountingInTheKernel, ForAMomentIsOneToo) {
  if (backend_is(Backend::kSyscalls)) GTEST_SKIP() << "not seen: mounts that are gone at once";
  act({"tmpfs", store_, "unmount", store_});
  const std::vector<Finding> all = findings();
  EXPECT_EQ(all.size(), 2U);
  for (const Finding& told : all) EXPECT_EQ(told.access.path, store_);
}

}  // namespace
}  // namespace purposewatch::testing

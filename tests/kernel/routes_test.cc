// Routes to a store's bytes: by other calls and other names than to open the file by its own and read it.
// Each is one access, of the right kind, and none of whoever is permitted.
#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/kernel/loop_image.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class RoutesInTheKernel : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    beside_ = make_file("beside");
  }

  // All that was told but that mounts were made over a store.
  std::vector<Finding> told_of_files() {
    std::vector<Finding> all = findings();
    std::erase_if(all, [](const Finding& finding) {
      return finding.access.kind == AccessKind::kAttr || finding.access.disclosure;
    });
    return all;
  }

  // Exactly one, to the mail.
  void expect_one(AccessKind kind) {
    const std::vector<Finding> all = told_of_files();
    ASSERT_EQ(all.size(), 1U);
    const Finding& told = all[0];
    EXPECT_EQ(told.access.kind, kind);
    EXPECT_EQ(told.access.path, mail_);
    EXPECT_EQ(told.verdict.store, "mail");
    EXPECT_EQ(told.verdict.client, "alice");
    EXPECT_EQ(told.subject->executable, actor());
  }

  // By the actor one finding, by the service none.
  void expect_one_read_by(const std::vector<std::string>& words) {
    act(words);
    expect_one(AccessKind::kRead);
    act(imap_, words);
    EXPECT_TRUE(told_of_files().empty());
    EXPECT_EQ(permitted("imap", "read"), 1U);
  }

  std::string beside_;
};

class EveryCall : public RoutesInTheKernel, public ::testing::WithParamInterface<const char*> {};

TEST_P(EveryCall, ThatReadsAFileIsOneRead) {
  watch();
  act({GetParam(), beside_});
  EXPECT_TRUE(findings().empty());
  expect_one_read_by({GetParam(), mail_});
}

INSTANTIATE_TEST_SUITE_P(RoutesInTheKernel, EveryCall, ::testing::Values("mmap", "aio"),
                         [](const auto& verb) { return std::string(verb.param); });

class EveryCopy : public RoutesInTheKernel, public ::testing::WithParamInterface<const char*> {};

TEST_P(EveryCopy, OutOfAStoreIsOneReadAndIntoItIsOneCreate) {
  watch();
  if (try_to_act(actor(), {GetParam(), beside_, path("copy")}) != 0)
    GTEST_SKIP() << "this file system knows no " << GetParam();
  EXPECT_TRUE(findings().empty());
  act({GetParam(), mail_, path("stolen")});
  expect_one(AccessKind::kRead);
  act(imap_, {GetParam(), mail_, path("moved")});
  EXPECT_TRUE(told_of_files().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
  mail_ = path("vmail/example.org/alice/2");
  act({GetParam(), beside_, mail_});
  expect_one(AccessKind::kCreate);
}

INSTANTIATE_TEST_SUITE_P(RoutesInTheKernel, EveryCopy,
                         ::testing::Values("sendfile", "splice", "copy-range", "reflink"),
                         [](const auto& verb) {
                           std::string name = verb.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST_F(RoutesInTheKernel, WhatAnotherProcessHoldsOpenIsOpenedAnew) {
  watch();
  act(imap_, {"hold", "c", mail_, "let", actor(), "steal"});
  expect_one(AccessKind::kRead);
  act(imap_, {"hold", "c", beside_, "let", actor(), "steal"});
  EXPECT_TRUE(findings().empty());
}

TEST_F(RoutesInTheKernel, AHandleIsANameToo) {
  watch();
  act({"save-handle", mail_, path("mails"), "save-handle", beside_, path("others")});
  act({"open-handle", path("others"), path("")});
  EXPECT_TRUE(findings().empty());
  expect_one_read_by({"open-handle", path("mails"), path("")});
}

// A file system that was just mounted knows no names yet, only what is opened by its handle.
class ColdHandles : public RoutesInTheKernel {
 protected:
  void TearDown() override {
    image_.reset();  // before its directory goes
    RoutesInTheKernel::TearDown();
  }

  // Puts the tree of a fresh file system on a directory, with a handle of each file saved.
  void mount_image(const std::string& directory, const std::vector<std::string>& files) {
    std::string why_not;
    image_ = LoopImage::make(path("image"), why_not);
    if (!image_) GTEST_SKIP() << why_not;
    ASSERT_TRUE(image_->mount_at(make_directory(directory)));
    for (const std::string& file : files) {
      make_file(directory + "/" + file);
      act({"save-handle", path(directory + "/" + file), path("handle-" + std::to_string(handles_++))});
    }
  }
  void make_cold(const std::string& directory) {
    ASSERT_TRUE(image_->unmount());
    ASSERT_TRUE(image_->mount_at(path(directory)));
  }

  std::unique_ptr<LoopImage> image_;
  int handles_ = 0;
};

TEST_F(ColdHandles, InAStoresOwnFileSystemAreThatStores) {
  mount_image("vmail", {"example.org/alice/1"});
  if (IsSkipped() || HasFatalFailure()) return;
  make_cold("vmail");
  watch();
  act({"open-handle", path("handle-0"), path("vmail")});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.access.path, path("vmail")) << "where the file is, nobody knows";
  make_cold("vmail");
  act(imap_, {"open-handle", path("handle-0"), path("vmail")});
  EXPECT_TRUE(findings().empty());
  act({"read", mail_});
  expect_one(AccessKind::kRead);
}

TEST_F(ColdHandles, InAMountThatIsPartOfAStoreAreItsClients) {
  mount_image("vmail/example.org/alice", {"cur/1"});
  if (IsSkipped() || HasFatalFailure()) return;
  watch();
  make_cold("vmail/example.org/alice");
  act({"open-handle", path("handle-0"), path("vmail/example.org/alice")});
  bool is_told = false;
  for (const Finding& told : findings())
    is_told |= told.access.kind == AccessKind::kRead && told.verdict.client == "alice";
  EXPECT_TRUE(is_told);
}

TEST_F(ColdHandles, WhereNoStoreIsAreNobodysBusiness) {
  mount_image("elsewhere", {"1"});
  if (IsSkipped() || HasFatalFailure()) return;
  watch();
  make_cold("elsewhere");
  act({"open-handle", path("handle-0"), path("elsewhere")});
  EXPECT_TRUE(findings().empty());
}

TEST_F(RoutesInTheKernel, ACopyOfAMountHidesNothing) {
  watch();
  act({"clone-read", path("vmail/example.org/alice"), "1"});
  expect_one(AccessKind::kRead);
  act({"clone-read", path(""), "beside"});
  EXPECT_TRUE(findings().empty());
}

TEST_F(RoutesInTheKernel, ASecondMountOfAStoresFileSystemHidesNothing) {
  std::string why_not;
  const auto image = LoopImage::make(path("image"), why_not);
  if (!image) GTEST_SKIP() << why_not;
  ASSERT_TRUE(image->mount_at(path("vmail")));
  make_file("vmail/example.org/alice/1");
  const std::string other = make_directory("other");
  ASSERT_EQ(mount(image->device().c_str(), other.c_str(), "ext4", 0, nullptr), 0);
  watch();
  act({"read", other + "/example.org/alice/1"});
  expect_one(AccessKind::kRead);
  EXPECT_EQ(umount(other.c_str()), 0);
}

TEST_F(RoutesInTheKernel, AnotherRootDirectoryHidesNothing) {
  make_directory("container/data");
  make_file("container/beside");
  watch();
  const std::vector<std::string> enter = {"private", "bind",        path("container"),     path("container"),
                                          "bind",    path("vmail"), path("container/data")};
  for (const char* how : {"chroot", "pivot"}) {
    std::vector<std::string> words = enter;
    words.insert(words.end(), {how, path("container")});
    if (try_to_act(actor(), words) != 0) GTEST_SKIP() << "no " << how << " from the root that is here";
    words.insert(words.end(), {"read", "/data/example.org/alice/1", "read", "/beside"});
    act(words);
    expect_one(AccessKind::kRead);
  }
}

// What a listener is handed it has not opened itself, but the kernel opens it in its name. On syscalls it is
// told when it asks for it.
TEST_F(RoutesInTheKernel, AListenerIsHandedWhatOthersRead) {
  watch();
  if (!sees_listeners()) GTEST_SKIP() << "not seen: listeners";
  if (backend_is(Backend::kSyscalls)) mail_ = path("vmail/example.org/alice");
  for (const std::string& program : {actor(), imap_}) {
    const std::string ready = path("ready");
    const auto listener = start(program, {"listen", path("vmail/example.org/alice"), ready});
    await_file(ready);
    act(imap_, {"read", path("vmail/example.org/alice/1")});
    EXPECT_EQ(listener->finish(), 0);
    std::filesystem::remove(ready);
    if (program == actor()) expect_one(AccessKind::kRead);
  }
  EXPECT_TRUE(told_of_files().empty());
  EXPECT_EQ(permitted("imap", "read"), 3U);
}

TEST_F(RoutesInTheKernel, AListenerOfAWholeMountIsTheStoresThatAreThere) {
  watch();
  if (!backend_is(Backend::kSyscalls) || !sees_listeners()) GTEST_SKIP() << "told when it is handed a file";
  make_directory("elsewhere");
  act({"private", "tmpfs", path("elsewhere"), "ask-mount", path("elsewhere"), "ask-names", path("")});
  EXPECT_TRUE(findings().empty());
  act({"ask-mount", path("")});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.verdict.store, "mail");
}

class OverlaysInTheKernel : public RoutesInTheKernel {
 protected:
  // An actor's words: a mount namespace of its own, where L and an empty directory are merged on M.
  std::vector<std::string> merge(const std::string& lower, const std::string& merged) const {
    return {"private",
            "overlay",
            make_directory(lower),
            make_directory("scratch/upper"),
            make_directory("scratch/own"),
            make_directory(merged)};
  }

  bool have_overlays() {
    std::ifstream known("/proc/filesystems");
    for (std::string line; std::getline(known, line);)
      if (line.ends_with("\toverlay")) return true;
    return false;
  }
};

TEST_F(OverlaysInTheKernel, ALayerThatIsAStoreIsReadOnce) {
  watch();
  if (!have_overlays()) GTEST_SKIP() << "no overlayfs";
  std::vector<std::string> words = merge("vmail", "merged");
  words.insert(words.end(), {"read", path("merged/example.org/alice/1")});
  expect_one_read_by(words);
}

TEST_F(OverlaysInTheKernel, MergedOntoAStoreItIsReadOnce) {
  make_file("layer/alice/1");
  make_file("layer/bob/1");
  watch();
  if (!have_overlays()) GTEST_SKIP() << "no overlayfs";
  std::vector<std::string> words = merge("layer", "vmail/example.org");
  words.insert(words.end(), {"read", mail_});
  expect_one_read_by(words);
}

TEST_F(OverlaysInTheKernel, AStoreMergedOntoItselfIsReadOnce) {
  watch();
  if (!have_overlays()) GTEST_SKIP() << "no overlayfs";
  for (const char* directory : {"vmail", "vmail/example.org", "vmail/example.org/alice"}) {
    std::vector<std::string> words = merge(directory, directory);
    words.insert(words.end(), {"read", mail_});
    act(words);
    expect_one(AccessKind::kRead);
  }
}

TEST_F(OverlaysInTheKernel, AClientsMailMergedOntoAnothersIsReadOfBoth) {
  make_directory("vmail/example.org/bob");
  watch();
  if (!have_overlays()) GTEST_SKIP() << "no overlayfs";
  std::vector<std::string> words = merge("vmail/example.org/alice", "vmail/example.org/bob");
  words.insert(words.end(), {"read", path("vmail/example.org/bob/1")});
  act(words);
  std::vector<std::string> clients;
  for (const Finding& told : told_of_files()) clients.push_back(told.verdict.client);
  EXPECT_EQ(clients, (std::vector<std::string>{"bob", "alice"}));
}

// A marked inode is gone, and another file has its number: soon where there are but a few.
TEST_F(RoutesInTheKernel, ANumberThatIsGivenAgainIsAnotherFiles) {
  std::string why_not;
  const auto image = LoopImage::make(path("image"), why_not);
  if (!image) GTEST_SKIP() << why_not;
  ASSERT_TRUE(image->mount_at(make_directory("all")));
  make_file("all/vmail/example.org/alice/1");
  ASSERT_EQ(mount(path("all/vmail").c_str(), path("vmail").c_str(), nullptr, MS_BIND, nullptr), 0);
  watch();
  struct stat status {};
  ASSERT_EQ(stat(mail_.c_str(), &status), 0);
  const ino_t number = status.st_ino;
  act({"rename", path("all/vmail/example.org/alice/1"), path("all/hidden"), "unlink", path("all/hidden")});
  (void)findings();
  std::string again;
  for (int i = 0; i < 200 && again.empty(); ++i) {
    const std::string file = make_file("all/" + std::to_string(i));
    if (stat(file.c_str(), &status) == 0 && status.st_ino == number) again = file;
  }
  ASSERT_NE(again, "");
  act({"read", again});
  EXPECT_TRUE(findings().empty());
  std::filesystem::remove(path("all/0"));  // by then the image may have no inode left
  act({"create", path("all/vmail/example.org/alice/2")});
  EXPECT_EQ(finding().access.path, path("vmail/example.org/alice/2"));
  EXPECT_EQ(umount(path("vmail").c_str()), 0);
}

}  // namespace
}  // namespace purposewatch::testing

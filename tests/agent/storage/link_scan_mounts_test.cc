#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "agent/storage/link_scan.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

class LinksAcrossMounts : public testing::Test {
 protected:
  LinksAcrossMounts() {
    for (const char* directory : {"store/sub", "store/deep/er", "outside"})
      fs::create_directories(dir_ / directory);
    task_.roots = {dir_ / "store"};
    task_.is_in_store = [this](std::string_view path) { return path.starts_with(dir_ / "store/"); };
  }
  // Runs in a thread with mounts of its own, which end with it. False where that is not allowed.
  static bool with_own_mounts(const std::function<void()>& act) {
    bool allowed = false;
    std::thread([&] {
      allowed = unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
      if (allowed) act();
    }).join();
    return allowed;
  }
  void bind(const std::string& what, const std::string& where) const {
    ASSERT_EQ(mount((dir_ / what).c_str(), (dir_ / where).c_str(), nullptr, MS_BIND, nullptr), 0) << where;
  }
  void link(const std::string& from, const std::string& to) const {
    fs::create_hard_link(dir_ / from, dir_ / to);
  }
  Paths found() const {
    Paths paths;
    for (const LinkedInode& inode : scan_links(task_, {}).linked_elsewhere)
      paths.push_back(inode.path.substr(dir_.path().size() + 1));
    return paths;
  }

  TempDir dir_;
  LinkScanTask task_;
};

TEST_F(LinksAcrossMounts, AreFoundInWhatIsMountedIntoAStore) {
  const bool allowed = with_own_mounts([this] {
    ASSERT_EQ(mount("tmpfs", (dir_ / "store/sub").c_str(), "tmpfs", 0, nullptr), 0);
    for (const char* name : {"in", "out"}) fs::create_directories(dir_ / (std::string("store/sub/") + name));
    dir_.write("store/sub/in/1", "x");
    link("store/sub/in/1", "store/sub/out/1");
    EXPECT_EQ(found(), Paths{});
    task_.is_in_store = [](std::string_view path) { return path.find("/out/") == std::string_view::npos; };
    EXPECT_EQ(found(), Paths{"store/sub/in/1"});
  });
  if (!allowed) GTEST_SKIP() << "needs the right to mount";
}

TEST_F(LinksAcrossMounts, CountANameOnceThoughTwoMountsShowIt) {
  dir_.write("store/deep/1", "x");
  link("store/deep/1", "outside/1");
  const bool allowed = with_own_mounts([this] {
    bind("store/deep", "store/sub");
    const LinkScan result = scan_links(task_, {});
    ASSERT_EQ(result.linked_elsewhere.size(), 1U);
    EXPECT_EQ(result.linked_elsewhere[0].names_found, 1U);
  });
  if (!allowed) GTEST_SKIP() << "needs the right to mount";
}

TEST_F(LinksAcrossMounts, TakeAFileThatIsMountedIntoAStoreForOneWithNamesElsewhere) {
  dir_.write("outside/alone", "x");
  dir_.write("outside/1", "x");
  dir_.write("store/place", "");
  dir_.write("store/second place", "");
  link("outside/1", "store/1");
  const bool allowed = with_own_mounts([this] {
    bind("outside/alone", "store/place");
    bind("outside/1", "store/second place");  // no second name
    const LinkScan result = scan_links(task_, {});
    ASSERT_EQ(result.linked_elsewhere.size(), 2U);
    for (const LinkedInode& inode : result.linked_elsewhere)
      EXPECT_EQ(inode.names_found, inode.nlink - 1) << inode.path;
  });
  if (!allowed) GTEST_SKIP() << "needs the right to mount";
}

// Each mount shows the ones before it too: a thousand times the store, for those who enter them all.
TEST_F(LinksAcrossMounts, EndWhereAStoreIsMountedWithinItself) {
  dir_.write("store/1", "x");
  link("store/1", "outside/1");
  const bool allowed = with_own_mounts([this] {
    for (int i = 0; i < 10; ++i) {
      const std::string place = dir_ / ("store/loop" + std::to_string(i));
      fs::create_directory(place);
      ASSERT_EQ(mount((dir_ / "store").c_str(), place.c_str(), nullptr, MS_BIND | MS_REC, nullptr), 0);
    }
    // sub, deep, er, 1 and ten places; once more below each place, since the root is in no store but they
    // are.
    EXPECT_EQ(scan_links(task_, {}).entries, 14U + 10 * 14);
    task_.is_in_store = [this](std::string_view path) { return path.starts_with(dir_ / "store"); };
    const LinkScan result = scan_links(task_, {});
    EXPECT_EQ(result.entries, 14U);
    ASSERT_EQ(result.linked_elsewhere.size(), 1U);
    EXPECT_EQ(result.linked_elsewhere[0].names_found, 1U);
  });
  if (!allowed) GTEST_SKIP() << "needs the right to mount";
}

}  // namespace
}  // namespace purposewatch

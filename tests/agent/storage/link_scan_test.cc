#include "agent/storage/link_scan.h"

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>

#include "tests/agent/storage/deep_directory.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

// Two clients' stores and a place outside.
class LinksOf : public testing::Test {
 protected:
  LinksOf() {
    for (const char* directory : {"home/alice/mail/cur", "home/alice/web", "home/bob/mail", "outside"})
      fs::create_directories(dir_ / directory);
    task_.roots = {dir_ / "home"};
    task_.is_in_store = [](std::string_view path) { return path.find("/mail/") != std::string_view::npos; };
  }
  std::string make(const std::string& name) const { return dir_.write(name, "x"); }
  void link(const std::string& from, const std::string& to) const {
    fs::create_hard_link(dir_ / from, dir_ / to);
  }
  // Before 6.13 the kernel writes times to 4 or 10 ms.
  void wait_until_a_change_is_later_than(const std::string& name) const {
    struct stat before {};
    struct stat now {};
    ASSERT_EQ(stat((dir_ / name).c_str(), &before), 0);
    do {
      ASSERT_EQ(stat(make("clock").c_str(), &now), 0);
    } while (now.st_ctim.tv_sec == before.st_ctim.tv_sec && now.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  }
  LinkScan scan() const { return scan_links(task_, {}); }
  // What was found, below the temporary directory, in order.
  Paths paths(const LinkScan& result) const {
    Paths found;
    for (const LinkedInode& inode : result.linked_elsewhere)
      found.push_back(inode.path.substr(dir_.path().size() + 1));
    std::sort(found.begin(), found.end());
    return found;
  }

  TempDir dir_;
  LinkScanTask task_;
};

TEST_F(LinksOf, AFileWithANameOutsideAreReported) {
  struct stat status {};
  ASSERT_EQ(stat(make("home/alice/mail/cur/1").c_str(), &status), 0);
  make("home/alice/mail/cur/alone");
  link("home/alice/mail/cur/1", "outside/1");
  const LinkScan result = scan();
  ASSERT_EQ(paths(result), Paths{"home/alice/mail/cur/1"});
  const LinkedInode& found = result.linked_elsewhere[0];
  EXPECT_EQ(found.device, status.st_dev);
  EXPECT_EQ(found.inode, status.st_ino);
  EXPECT_EQ(found.nlink, 2U);
  EXPECT_EQ(found.names_found, 1U);
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.vanished, 0U);
  EXPECT_EQ(result.unreadable, 0U);
}

TEST_F(LinksOf, AFileWithAllNamesInStoresAreNotReported) {
  make("home/alice/mail/cur/1");
  link("home/alice/mail/cur/1", "home/alice/mail/2");
  link("home/alice/mail/cur/1", "home/bob/mail/3");
  EXPECT_EQ(paths(scan()), Paths{});
  link("home/alice/mail/cur/1", "outside/4");
  const LinkScan result = scan();
  ASSERT_EQ(result.linked_elsewhere.size(), 1U);
  EXPECT_EQ(result.linked_elsewhere[0].nlink, 4U);
  EXPECT_EQ(result.linked_elsewhere[0].names_found, 3U);
}

TEST_F(LinksOf, AFileBesideTheStoreAreReportedButNotOfFilesThatLieOnlyThere) {
  make("home/alice/mail/cur/1");
  link("home/alice/mail/cur/1", "home/alice/web/1");  // walked through, but no store
  make("home/alice/web/2");
  link("home/alice/web/2", "outside/2");
  EXPECT_EQ(paths(scan()), Paths{"home/alice/mail/cur/1"});
}

TEST_F(LinksOf, SocketsAndFifosAreReportedAndOfSymbolicLinksAreNot) {
  const Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = dir_ / "home/bob/mail/socket";
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(mkfifo((dir_ / "home/bob/mail/fifo").c_str(), 0600), 0);
  fs::create_symlink("/nonexistent", dir_ / "home/bob/mail/symlink");
  for (const std::string name : {"socket", "fifo", "symlink"})
    ASSERT_EQ(linkat(AT_FDCWD, (dir_ / ("home/bob/mail/" + name)).c_str(), AT_FDCWD,
                     (dir_ / ("outside/" + name)).c_str(), 0),
              0);
  EXPECT_EQ(paths(scan()), (Paths{"home/bob/mail/fifo", "home/bob/mail/socket"}));
}

TEST_F(LinksOf, WhatSymbolicLinksLeadToAreNotFollowedBelowTheRoots) {
  make("outside/1");
  link("outside/1", "outside/2");
  fs::create_directory_symlink(dir_ / "outside", dir_ / "home/bob/mail/elsewhere");
  fs::create_directory_symlink(dir_ / "home", dir_ / "home/bob/mail/circle");
  EXPECT_EQ(paths(scan()), Paths{});
  // A root may be one.
  fs::create_directory_symlink(dir_ / "outside", dir_ / "vmail");
  task_.roots = {dir_ / "vmail"};
  task_.is_in_store = [](std::string_view path) { return path.ends_with("vmail/1"); };
  EXPECT_EQ(paths(scan()), Paths{"vmail/1"});
}

TEST_F(LinksOf, ATreeThatIsNamedTwiceAreCountedOnce) {
  make("home/alice/mail/cur/1");
  link("home/alice/mail/cur/1", "outside/1");
  task_.roots = {dir_ / "home", dir_ / "home/alice/", dir_ / "home", dir_ / "home/alice/mail/cur/1"};
  const LinkScan result = scan();
  ASSERT_EQ(result.linked_elsewhere.size(), 1U);
  EXPECT_EQ(result.linked_elsewhere[0].names_found, 1U);
}

TEST_F(LinksOf, AStoreThatIsOneFileAreReportedByItsName) {
  make("home/billing.sqlite");
  link("home/billing.sqlite", "outside/copy");
  fs::create_symlink(dir_ / "home/billing.sqlite", dir_ / "current.sqlite");
  task_.is_in_store = [](std::string_view path) { return path.ends_with(".sqlite"); };
  task_.roots = {dir_ / "home/billing.sqlite", dir_ / "current.sqlite"};
  const LinkScan result = scan();
  ASSERT_EQ(paths(result), Paths{"home/billing.sqlite"});
  EXPECT_EQ(result.linked_elsewhere[0].names_found, 1U);
  EXPECT_EQ(result.entries, 2U);
}

TEST_F(LinksOf, RootsThatAreNotThereAreNoneAndSayIt) {
  task_.roots = {dir_ / "nowhere", dir_ / "outside"};
  fs::create_symlink("dangling", dir_ / "dangling");
  task_.roots.push_back(dir_ / "dangling");
  const LinkScan result = scan();
  EXPECT_EQ(result.vanished, 2U);
  EXPECT_TRUE(result.finished);
}

TEST_F(LinksOf, TenThousandNamesOfOneFileAreCounted) {
  make("home/alice/mail/0");
  for (int i = 1; i < 10'000; ++i) link("home/alice/mail/0", "home/alice/mail/" + std::to_string(i));
  EXPECT_EQ(paths(scan()), Paths{});
  link("home/alice/mail/0", "outside/one");
  const LinkScan result = scan();
  ASSERT_EQ(result.linked_elsewhere.size(), 1U);
  EXPECT_EQ(result.linked_elsewhere[0].nlink, 10'001U);
  EXPECT_EQ(result.linked_elsewhere[0].names_found, 10'000U);
}

TEST_F(LinksOf, DirectoriesThatLeadToNoStoreAreSparedWhenTheCallerKnows) {
  for (int i = 0; i < 100; ++i) make("home/alice/web/" + std::to_string(i));
  make("home/alice/mail/cur/1");
  link("home/alice/mail/cur/1", "outside/1");
  task_.may_lead_to_store = [](std::string_view path) { return !path.ends_with("/web"); };
  const LinkScan result = scan();
  EXPECT_EQ(paths(result), Paths{"home/alice/mail/cur/1"});
  EXPECT_LT(result.entries, 100U);
}

TEST_F(LinksOf, ADeepTreeAreFoundWithAFewDescriptors) {
  const std::string name(100, 'n');  // 300,000 bytes of path
  for (const std::size_t levels : {3'000, 5'000}) {
    const DeepDirectory deep(dir_ / "home/bob/mail", name, levels);
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(mkdirat(deep.bottom(), std::to_string(i).c_str(), 0755), 0);
      const std::string file = std::to_string(i) + "/file";
      close(openat(deep.bottom(), file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      ASSERT_EQ(
          linkat(deep.bottom(), file.c_str(), AT_FDCWD, (dir_ / ("outside/" + file.substr(0, 1))).c_str(), 0),
          0);
    }
    const LinkScan result = scan();
    ASSERT_EQ(result.linked_elsewhere.size(), 2U);
    EXPECT_EQ(result.linked_elsewhere[0].path.size(), (dir_ / "home/bob/mail/0/file").size() + levels * 101);
    EXPECT_EQ(result.unreadable, 0U);
    for (int i = 0; i < 2; ++i) {
      unlinkat(deep.bottom(), (std::to_string(i) + "/file").c_str(), 0);
      unlinkat(deep.bottom(), std::to_string(i).c_str(), AT_REMOVEDIR);
      fs::remove(dir_ / ("outside/" + std::to_string(i)));
    }
  }
}

TEST_F(LinksOf, SiblingsOnEveryLevelAreFoundOnTheWayBack) {
  std::string place = "home/bob/mail";
  Paths expected;
  for (int i = 0; i < 40; ++i) {
    place += "/d";
    for (const char* side : {"/a", "/z"}) {
      fs::create_directories(dir_ / (place + side));
      expected.push_back(place + side + "/file");
      make(expected.back());
      link(expected.back(), "outside/" + std::to_string(expected.size()));
    }
  }
  std::sort(expected.begin(), expected.end());
  for (const std::size_t open_max : {2, 5, 1000}) {
    task_.open_max = open_max;
    EXPECT_EQ(paths(scan()), expected) << open_max;
  }
}

TEST_F(LinksOf, WhatLiesDeeperThanTheBoundAreNotSeenAndSayIt) {
  make("home/alice/mail/cur/1");
  link("home/alice/mail/cur/1", "outside/1");
  task_.depth_max = 3;  // home, alice, mail
  const LinkScan result = scan();
  EXPECT_EQ(paths(result), Paths{});
  EXPECT_EQ(result.unreadable, 1U);
}

TEST_F(LinksOf, FilesThatVanishMeanwhileAreTolerated) {
  for (int i = 0; i < 100; ++i) {
    make("home/bob/mail/" + std::to_string(i));
    link("home/bob/mail/" + std::to_string(i), "outside/" + std::to_string(i));
  }
  bool first = true;
  task_.is_in_store = [&](std::string_view path) {
    if (std::exchange(first, false))
      for (int i = 0; i < 100; ++i)
        if (const std::string other = dir_ / ("home/bob/mail/" + std::to_string(i)); other != path)
          fs::remove(other);
    return true;
  };
  task_.roots = {dir_ / "home/bob"};
  const LinkScan result = scan();
  EXPECT_EQ(result.linked_elsewhere.size(), 1U);
  EXPECT_EQ(result.vanished, 99U);
  EXPECT_EQ(result.unreadable, 0U);
  EXPECT_TRUE(result.finished);
}

TEST_F(LinksOf, DirectoriesThatVanishOrBecomeOthersMeanwhileAreTolerated) {
  fs::create_directories(dir_ / "home/bob/mail/swapped");
  make("outside/1");
  link("outside/1", "outside/2");
  task_.roots = {dir_ / "home/bob/mail", dir_ / "home/alice/mail"};
  task_.may_lead_to_store = [&](std::string_view path) {
    fs::remove_all(path);
    if (path.ends_with("/swapped")) fs::create_directory_symlink(dir_ / "outside", path);
    return true;
  };
  const LinkScan result = scan();
  EXPECT_EQ(result.vanished, 2U);
  EXPECT_EQ(paths(result), Paths{});
}

// A file that is renamed from where the scan was to where it will be has shown two names.
TEST_F(LinksOf, AFileThatIsRenamedMeanwhileAreNotTakenForComplete) {
  make("home/alice/mail/1");
  link("home/alice/mail/1", "outside/1");
  wait_until_a_change_is_later_than("home/alice/mail/1");
  bool first = true;
  task_.roots = {dir_ / "home/alice/mail", dir_ / "home/bob/mail"};
  task_.may_lead_to_store = [&](std::string_view) {
    if (std::exchange(first, false)) fs::rename(dir_ / "home/alice/mail/1", dir_ / "home/bob/mail/2");
    return true;
  };
  EXPECT_EQ(paths(scan()), Paths{"home/alice/mail/1"});
  EXPECT_TRUE(fs::exists(dir_ / "home/bob/mail/2"));
}

TEST_F(LinksOf, DirectoriesThatAreClosedToUsAreCounted) {
  make("home/bob/mail/1");
  link("home/bob/mail/1", "outside/1");
  make("home/alice/mail/cur/1");
  make("home/alice/web/1");
  fs::permissions(dir_.path(), fs::perms(0755));
  fs::permissions(dir_ / "home/alice/mail", fs::perms::none);
  // Can be listed, but not searched.
  fs::permissions(dir_ / "home/alice/web", fs::perms::owner_read | fs::perms::others_read);
  LinkScan result;
  // Root reads everything, unless a thread of its acts on files as somebody else.
  std::thread([&] {
    if (geteuid() == 0) setfsuid(12345);
    result = scan();
  }).join();
  fs::permissions(dir_ / "home/alice/mail", fs::perms::owner_all);
  fs::permissions(dir_ / "home/alice/web", fs::perms::owner_all);
  EXPECT_EQ(paths(result), Paths{"home/bob/mail/1"});
  EXPECT_EQ(result.unreadable, 2U);  // alice/mail, alice/web/1
  EXPECT_TRUE(result.finished);
}

TEST_F(LinksOf, AScanThatIsStoppedAreNotAllAndSayIt) {
  for (const char* name : {"home/alice/mail/1", "home/alice/mail/cur/2", "home/bob/mail/3"}) {
    make(name);
    link(name, std::string("outside/") + fs::path(name).filename().string());
  }
  std::stop_source stop;
  task_.may_lead_to_store = [&](std::string_view path) {
    if (path.ends_with("/mail")) stop.request_stop();
    return true;
  };
  const LinkScan result = scan_links(task_, stop.get_token());
  EXPECT_FALSE(result.finished);
  EXPECT_LT(result.linked_elsewhere.size(), 3U);
  const LinkScan none = scan_links(task_, stop.get_token());
  EXPECT_FALSE(none.finished);
  EXPECT_EQ(none.entries, 0U);
}

TEST_F(LinksOf, AScanThatRunsAreCountedAlong) {
  make("home/bob/mail/1");
  link("home/bob/mail/1", "outside/1");
  std::atomic<std::uint64_t> visited = 0;
  std::uint64_t halfway = 0;
  task_.is_in_store = [&](std::string_view) {
    halfway = visited;
    return true;
  };
  const LinkScan result = scan_links(task_, {}, &visited);
  EXPECT_EQ(result.entries, 7U);  // alice mail cur web, bob mail 1
  EXPECT_EQ(visited, result.entries);
  EXPECT_GT(halfway, 0U);
}

}  // namespace
}  // namespace purposewatch

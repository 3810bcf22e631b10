#include "agent/daemon/state_dir.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

class StateDir : public testing::Test {
 protected:
  std::string refusal(const std::string& path) const {
    const auto held = hold_state_dir(path);
    return held ? "held" : held.error().message;
  }
  static unsigned mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }

  TempDir dir_;
  const std::string path_ = dir_ / "deep/er/state";
};

TEST_F(StateDir, IsMadeForItsOwnUserAlone) {
  const mode_t before = umask(0);
  const auto held = hold_state_dir(path_);
  umask(before);
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_EQ(mode_of(path_), 0700U);
  EXPECT_EQ(mode_of(path_ + "/lock"), 0600U);
}

TEST_F(StateDir, IsHeldByOneAgentAtATime) {
  auto first = hold_state_dir(path_);
  ASSERT_TRUE(first);
  EXPECT_NE(refusal(path_).find("another agent is running"), std::string::npos);
  first->reset();
  EXPECT_EQ(refusal(path_), "held");
}

TEST_F(StateDir, ThatIsOpenToOthersIsRefused) {
  ASSERT_TRUE(hold_state_dir(path_));
  for (const auto mode : {fs::perms::group_read, fs::perms::group_write, fs::perms::others_exec}) {
    fs::permissions(path_, fs::perms::owner_all | mode);
    EXPECT_NE(refusal(path_).find("closed to others"), std::string::npos) << static_cast<unsigned>(mode);
  }
  fs::permissions(path_, fs::perms::owner_all);
  EXPECT_EQ(refusal(path_), "held");
}

TEST_F(StateDir, ThatBelongsToSomebodyElseIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a directory away";
  ASSERT_TRUE(hold_state_dir(path_));
  ASSERT_EQ(chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_NE(refusal(path_).find("must belong to this user"), std::string::npos);
}

TEST_F(StateDir, ThatIsNoDirectoryIsRefused) {
  EXPECT_NE(refusal(dir_.write("file", "x")).find("is no directory"), std::string::npos);
  fs::create_symlink(dir_ / "nowhere", dir_ / "dangling");
  EXPECT_NE(refusal(dir_ / "dangling").find("is no directory"), std::string::npos);
}

// Where somebody once could write into it, the lock may lead elsewhere.
TEST_F(StateDir, WhoseLockIsASymbolicLinkIsRefused) {
  fs::create_directory(dir_ / "state");
  fs::permissions(dir_ / "state", fs::perms::owner_all);
  const std::string victim = dir_ / "victim";
  fs::create_symlink(victim, dir_ / "state/lock");
  EXPECT_NE(refusal(dir_ / "state").find("cannot open"), std::string::npos);
  EXPECT_FALSE(fs::exists(victim));
}

}  // namespace
}  // namespace purposewatch

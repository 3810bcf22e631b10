#include "agent/storage/descent.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>

#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

class DescentOf : public testing::Test {
 protected:
  DescentOf() { fs::create_directories(root_ / "a/b/c/d/e"); }

  Descriptor open_at(int parent, const std::string& name) const {
    Descriptor directory(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_TRUE(directory) << name;
    return directory;
  }
  InodeNumber number(int directory) const {
    struct statx status {};
    EXPECT_EQ(statx(directory, "", AT_EMPTY_PATH, STATX_INO, &status), 0);
    return inode_number(status);
  }
  void start(Descent& descent) const {
    Descriptor directory = open_at(AT_FDCWD, root_ / "a");
    const InodeNumber at = number(directory.get());
    descent.start(root_ / "a", std::move(directory), at);
  }
  void down(Descent& descent, const std::string& names) const {
    for (const char name : names) {
      Descriptor directory = open_at(descent.last().directory.get(), {name});
      const InodeNumber at = number(directory.get());
      descent.down({&name, 1}, std::move(directory), at);
    }
  }
  // Is the last level open, and the directory that its path names?
  bool stands(Descent& descent) const {
    return descent.last().directory && number(descent.last().directory.get()) == descent.last().number &&
           number(open_at(AT_FDCWD, descent.path()).get()) == descent.last().number;
  }

  TempDir root_;
};

TEST_F(DescentOf, AFewDescriptorsComesBackTheWayItWent) {
  for (const std::size_t open_max : {0, 2, 3, 100}) {
    Descent descent(open_max);
    start(descent);
    down(descent, "bcde");
    EXPECT_EQ(descent.path(), root_ / "a/b/c/d/e");
    for (std::size_t depth = 4; depth > 0; --depth) {
      EXPECT_TRUE(descent.up());
      EXPECT_EQ(descent.depth(), depth);
      EXPECT_TRUE(stands(descent)) << descent.path();
    }
    EXPECT_TRUE(descent.up());
    EXPECT_TRUE(descent.empty());
    EXPECT_EQ(descent.path(), "");
  }
}

TEST_F(DescentOf, ManyLevelsHoldsNoMoreDescriptorsThanItMay) {
  const auto open_now = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = open_now();
  Descent descent(3);
  start(descent);
  down(descent, "bcde");
  EXPECT_EQ(open_now(), before + 3);
  EXPECT_TRUE(descent.up());
  EXPECT_TRUE(descent.up());
  EXPECT_LE(open_now(), before + 3);
}

TEST_F(DescentOf, AMovedDirectoryFindsTheWayBackByNames) {
  Descent descent(2);
  start(descent);
  down(descent, "bcde");
  fs::rename(root_ / "a/b/c/d", root_ / "elsewhere");
  EXPECT_TRUE(descent.up());  // d, where it is now
  EXPECT_TRUE(descent.up());
  EXPECT_EQ(descent.path(), root_ / "a/b/c");
  EXPECT_TRUE(stands(descent));
}

TEST_F(DescentOf, ADirectoryThatTookAnothersNameIsNotMistakenForIt) {
  Descent descent(2);
  start(descent);
  down(descent, "bcde");
  fs::rename(root_ / "a/b/c/d", root_ / "elsewhere");
  fs::rename(root_ / "a/b", root_ / "gone");
  fs::create_directories(root_ / "a/b/c");
  EXPECT_TRUE(descent.up());
  EXPECT_FALSE(descent.up());  // c cannot be found
  EXPECT_FALSE(descent.last().directory);
  EXPECT_FALSE(descent.up());  // nor can b
  EXPECT_TRUE(descent.up());
  EXPECT_TRUE(stands(descent));
  EXPECT_EQ(descent.path(), root_ / "a");
}

TEST_F(DescentOf, ADirectoryKnowsWhatIsAboveIt) {
  Descent descent(2);
  start(descent);
  down(descent, "bcd");
  EXPECT_EQ(descent.at(1).number, number(open_at(AT_FDCWD, root_ / "a/b").get()));
  EXPECT_EQ(descent.path_of(1), root_ / "a/b");
}

}  // namespace
}  // namespace purposewatch

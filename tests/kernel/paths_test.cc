// However a file is named: one access, to the file's own store, by its own name there.
#include <filesystem>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

// ROOT is the test's directory, FILE the file's path below it.
struct WayOfNaming {
  const char* name;
  std::vector<std::string> words;
};

class EveryName : public KernelTest, public ::testing::WithParamInterface<WayOfNaming> {
 protected:
  static constexpr const char* kFile = "vmail/example.org/alice/1";

  std::vector<std::string> words() const {
    std::vector<std::string> all = GetParam().words;
    for (std::string& word : all) {
      if (const std::size_t at = word.find("FILE"); at != std::string::npos) word.replace(at, 4, kFile);
      if (const std::size_t at = word.find("ROOT"); at != std::string::npos) word.replace(at, 4, path(""));
    }
    return all;
  }
};

TEST_P(EveryName, LeadsToTheStore) {
  const std::string mail = make_file(kFile), imap = copy_of_actor("imap");
  make_directory("elsewhere");
  std::filesystem::create_symlink(path("vmail/example.org"), path("elsewhere/link"));
  std::filesystem::create_symlink("alice/1", path("vmail/example.org/latest"));
  watch();
  act(words());
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.access.path, mail);
  EXPECT_EQ(told.verdict.client, "alice");
  EXPECT_EQ(told.count, 1U);
  act(imap, words());
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, EveryName,
    ::testing::Values(
        WayOfNaming{"symlink", {"read", "ROOT/elsewhere/link/alice/1"}},
        WayOfNaming{"symlinkWithin", {"read", "ROOT/vmail/example.org/latest"}},
        WayOfNaming{"dots", {"read", "ROOT/elsewhere/.././/vmail/example.org/../example.org/alice/./1"}},
        WayOfNaming{"relative", {"chdir", "ROOT/vmail/example.org", "read", "alice/1"}},
        WayOfNaming{"relativeUp", {"chdir", "ROOT/elsewhere", "read", "../FILE"}},
        WayOfNaming{"openat", {"openat", "ROOT/vmail", "example.org/alice/1"}},
        WayOfNaming{"openat2", {"openat2", "ROOT/vmail", "example.org/alice/1"}},
        WayOfNaming{"procRoot", {"read", "/proc/self/root/ROOT/FILE"}},
        WayOfNaming{"procCwd", {"chdir", "ROOT/vmail", "read", "/proc/self/cwd/example.org/alice/1"}},
        WayOfNaming{"procDescriptor", {"reopen", "ROOT/FILE"}},
        WayOfNaming{"chroot", {"chroot", "ROOT/vmail/example.org", "read", "/alice/1"}},
        WayOfNaming{"bind",
                    {"private", "bind", "ROOT/vmail", "ROOT/elsewhere", "read",
                     "ROOT/elsewhere/example.org/alice/1"}},
        WayOfNaming{"clonedTree",
                    {"private", "clone-mount", "ROOT/vmail", "ROOT/elsewhere", "read",
                     "ROOT/elsewhere/example.org/alice/1"}},
        WayOfNaming{"bindOfTheFile", {"private", "bind", "ROOT/FILE", "ROOT/imap", "read", "ROOT/imap"}}),
    [](const auto& way) { return way.param.name; });

}  // namespace
}  // namespace purposewatch::testing

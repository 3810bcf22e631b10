#include "agent/kernel/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace purposewatch {
namespace {

using ::testing::ElementsAre;

namespace fs = std::filesystem;

class NamesOfAScript : public ::testing::Test {
 protected:
  ~NamesOfAScript() override { fs::remove_all(root_); }

  const fs::path root_ =
      fs::canonical(fs::temp_directory_path()) / ("purposewatch-programs-" + std::to_string(getpid()));
};

TEST_F(NamesOfAScript, AreThePolicysAndTheOneThatItsLinksLeadTo) {
  fs::create_directories(root_);
  const fs::path script = root_ / "script", link = root_ / "link";
  std::ofstream(script) << "#!/bin/sh\n";
  fs::create_symlink("script", link);
  EXPECT_THAT(names_of_script(script), ElementsAre(script.string()));
  EXPECT_THAT(names_of_script(link), ElementsAre(link.string(), script.string()));
  EXPECT_THAT(names_of_script(root_ / "nothing"), ElementsAre((root_ / "nothing").string()));
}

TEST_F(NamesOfAScript, AreAlsoThoseWithoutUsrWhereTheSystemLinksThemSo) {
  if (!fs::is_symlink("/bin")) GTEST_SKIP() << "/bin is a directory here";
  EXPECT_THAT(names_of_script("/usr/bin/ldd"), ElementsAre("/usr/bin/ldd", "/bin/ldd"));
  EXPECT_THAT(names_of_script("/bin/ldd"), ElementsAre("/bin/ldd", "/usr/bin/ldd"));
}

}  // namespace
}  // namespace purposewatch

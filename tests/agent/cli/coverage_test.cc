#include "agent/cli/coverage.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/exporters/temp_dir.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;

class Coverage : public testing::Test {
 protected:
  void make(const std::string& relative) const {
    fs::create_directories(fs::path(dir_ / relative).parent_path());
    dir_.write(relative, "x");
  }
  std::vector<std::string> rows() const {
    std::vector<std::string> all;
    for (const CoveredBy& row : coverage_of(rules_, dir_.path())) {
      const std::string path = row.path == dir_.path() ? "." : row.path.substr(dir_.path().size() + 1);
      all.push_back((row.store.empty() ? row.excepted.empty() ? "nobody" : "excepted" : row.store) + " " +
                    path + " " + std::to_string(row.files) + "/" + std::to_string(row.clients));
    }
    return all;
  }

  TempDir dir_;
  RuleSet rules_;
};

TEST_F(Coverage, SaysByWhichPathWhatIsCoveredAndWhatIsNot) {
  rules_.stores = {store("mail", {"c"}, {dir_ / "vmail/{domain}/{client}", dir_ / "home/{client}/Maildir"},
                         {dir_ / "vmail/*/*/index*"}),
                   store("logs", {"c"}, {dir_ / "log"})};
  make("vmail/a.org/al/cur/1");
  make("vmail/a.org/al/cur/2");
  make("vmail/a.org/bo/cur/1");
  make("vmail/a.org/bo/index.db");
  make("vmail/quota");
  make("home/al/Maildir/1");
  make("home/al/notes/1");
  make("home/al/notes/deep/2");
  make("home/bo/1");
  make("home/x");
  make("home/y");
  make("log/1");
  make("etc/1");
  fs::create_directories(dir_ / "empty/of/files");
  EXPECT_THAT(rows(),
              ElementsAre("mail home/al/Maildir 1/1", "logs log 1/0", "mail vmail/a.org/al 3/2",
                          "excepted vmail/a.org/bo/index.db 1/0", "nobody etc 1/0", "nobody home/* 2/0",
                          "nobody home/al/notes 2/0", "nobody home/bo 1/0", "nobody vmail/quota 1/0"));
}

TEST_F(Coverage, OfADirectoryThatNobodyCoversIsOneRow) {
  make("a/1");
  make("b/c/2");
  EXPECT_THAT(rows(), ElementsAre("nobody . 2/0"));
}

TEST_F(Coverage, DoesNotFollowLinks) {
  rules_.stores = {store("mail", {"c"}, {dir_ / "mail"})};
  make("mail/1");
  fs::create_directory_symlink(dir_.path(), dir_ / "mail/loop");
  fs::create_directory_symlink("/", dir_ / "root");
  EXPECT_THAT(rows(), ElementsAre("mail mail 2/0", "nobody root 1/0"));
}

}  // namespace
}  // namespace purposewatch

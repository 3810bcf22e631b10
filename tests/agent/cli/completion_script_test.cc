// The scripts themselves are tried by the shells: tests/package/completion_test.py.
#include "agent/cli/completion_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CompletionScript : public testing::Test {
 protected:
  CompletionScript() : app_("what it is", "tool") {
    CLI::App* look = app_.add_subcommand("look", "it's here: look");
    look->add_option("PATH", paths_, "where");
    look->add_flag("--all", all_, "not [only] some");
    look->add_option("-o,--output", format_, "which form")->check(CLI::IsMember({"table", "json"}));
    app_.add_subcommand("secret", "not for people")->group("");
    commands_ = completed_commands(app_);
  }

  CLI::App app_;
  std::vector<std::string> paths_;
  std::string format_;
  bool all_ = false;
  std::vector<CompletedCommand> commands_;
};

TEST_F(CompletionScript, KnowsWhatTheCommandLineSays) {
  ASSERT_EQ(commands_.size(), 1U) << "of two, one is hidden";
  EXPECT_EQ(commands_[0].name, "look");
  EXPECT_TRUE(commands_[0].takes_files);
  ASSERT_EQ(commands_[0].options.size(), 3U);
  const auto& [help, all, output] =
      std::tie(commands_[0].options[0], commands_[0].options[1], commands_[0].options[2]);
  EXPECT_THAT(help.names, ElementsAre("-h", "--help"));
  EXPECT_FALSE(help.takes_value);
  EXPECT_THAT(all.names, ElementsAre("--all"));
  EXPECT_FALSE(all.takes_value);
  EXPECT_THAT(all.values, IsEmpty());
  EXPECT_THAT(output.names, ElementsAre("-o", "--output"));
  EXPECT_TRUE(output.takes_value);
  EXPECT_THAT(output.values, ElementsAre("table", "json"));
}

TEST_F(CompletionScript, QuotesWhatShellsTakeForTheirOwn) {
  const std::string zsh = zsh_completion("tool", commands_), fish = fish_completion("tool", commands_);
  EXPECT_THAT(zsh, HasSubstr(R"('look:it'\''s here: look')"));
  EXPECT_THAT(zsh, HasSubstr(R"('*--all[not \[only\] some]')"));
  EXPECT_THAT(fish, HasSubstr(R"(-d 'it\'s here: look')"));
  EXPECT_THAT(bash_completion("tool", commands_),
              HasSubstr("'look -o' | 'look --output') words='table json' ;;"));
  for (const std::string& script : {zsh, fish, bash_completion("tool", commands_)})
    EXPECT_THAT(script, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace purposewatch

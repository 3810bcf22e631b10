// Whoever could write a policy could permit themselves anything: run takes files that are root's alone.
#include "rules/language/custody.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "rules/language/policy.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;
using Custody = FileDemands::Custody;

const std::string kSound = "policy: {name: t, version: 1}\n";

class PolicyCustody : public testing::Test {
 protected:
  PolicyCustody() {
    fs::create_directory(dir_ / "policy.d");
    set_mode("policy.d", 0755);
    write("policy.d/a.yaml", kSound);
  }

  void write(const std::string& name, const std::string& text) {
    dir_.write(name, text);
    set_mode(name, 0644);
  }
  void set_mode(const std::string& name, mode_t mode) { ASSERT_EQ(chmod((dir_ / name).c_str(), mode), 0); }
  void give_away(const std::string& name) { ASSERT_EQ(lchown((dir_ / name).c_str(), 12345, 12345), 0); }

  // What is said, by whoever takes only what is ours; empty: it takes the policy.
  std::string refusal(const std::string& name = "policy.d") {
    const LoadedPolicy loaded = load_policy({dir_ / name}, {.custody = Custody::kOurs});
    std::string text;
    for (const Diagnostic& one : loaded.diagnostics) text += to_string(one) + "\n";
    EXPECT_EQ(loaded.rules == nullptr, !text.empty());
    // And who only warns says the same, and takes it.
    const LoadedPolicy warned = load_policy({dir_ / name}, {.custody = Custody::kWarnUnlessOurs});
    EXPECT_EQ(warned.diagnostics.empty(), text.empty());
    for (const Diagnostic& one : warned.diagnostics)
      EXPECT_THAT(to_string(one), HasSubstr("warning: run refuses it: "));
    EXPECT_TRUE(warned.rules);
    EXPECT_TRUE(load_policy({dir_ / name}).diagnostics.empty()) << "who does not ask hears nothing";
    return text;
  }

  TempDir dir_;
};

TEST_F(PolicyCustody, OfFilesThatAreOursIsNothingToSay) {
  EXPECT_EQ(refusal("policy.d"), "");
  EXPECT_EQ(refusal("policy.d/a.yaml"), "");
  set_mode("policy.d/a.yaml", 0400);
  EXPECT_EQ(refusal(), "");
}

TEST_F(PolicyCustody, AFileThatOthersMayWriteIsRefused) {
  for (const mode_t mode : {0664, 0646, 0666}) {
    set_mode("policy.d/a.yaml", mode);
    EXPECT_EQ(refusal(), dir_ / "policy.d/a.yaml" + ": error: is writable by others (chmod go-w)\n");
  }
}

TEST_F(PolicyCustody, ADirectoryInWhichOthersMayExchangeItIsRefused) {
  set_mode("policy.d", 0775);
  const std::string why =
      ": error: others could exchange it: " + dir_ / "policy.d is writable by others (chmod go-w)\n";
  EXPECT_EQ(refusal("policy.d"), dir_ / "policy.d" + why);
  EXPECT_EQ(refusal("policy.d/a.yaml"), dir_ / "policy.d/a.yaml" + why);
}

TEST_F(PolicyCustody, SoIsOneFurtherUp) {
  set_mode(".", 0777);
  EXPECT_THAT(refusal(), HasSubstr("others could exchange it: "));
  set_mode(".", 01777);
  EXPECT_EQ(refusal(), "") << "as in /tmp, where all have their own";
}

TEST_F(PolicyCustody, ALinkIsRefusedWhereverItLeads) {
  fs::create_symlink(dir_ / "policy.d/a.yaml", dir_ / "policy.d/b.yaml");
  EXPECT_EQ(refusal(), dir_ / "policy.d/b.yaml" + ": error: is a symbolic link\n");
  EXPECT_EQ(refusal("policy.d/b.yaml"), dir_ / "policy.d/b.yaml" + ": error: is a symbolic link\n");
  fs::remove(dir_ / "policy.d/b.yaml");
  fs::create_symlink(dir_ / "policy.d", dir_ / "link.d");
  EXPECT_EQ(refusal("link.d"), dir_ / "link.d" + ": error: is a symbolic link\n");
  EXPECT_EQ(refusal("link.d/a.yaml"), "") << "a directory may lie elsewhere, if that is ours, too";
}

TEST_F(PolicyCustody, WhatIsIncludedHasToBeOursToo) {
  write("more.yaml", "classes: {mail: {clause: P2}}\n");
  write("policy.d/a.yaml", kSound + "include: ../more.yaml\n");
  EXPECT_EQ(refusal(), "");
  set_mode("more.yaml", 0666);
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr("a.yaml:2:10: error: '"), HasSubstr("more.yaml' is writable by others")));
}

TEST_F(PolicyCustody, WhatIsNoFileHangsNobody) {
  ASSERT_EQ(mkfifo((dir_ / "policy.d/pipe.yaml").c_str(), 0600), 0);
  fs::create_directory(dir_ / "policy.d/dir.yaml");
  const LoadedPolicy loaded = load_policy({dir_ / "policy.d"}, {.custody = Custody::kOurs});
  ASSERT_EQ(loaded.diagnostics.size(), 2U);
  for (const Diagnostic& one : loaded.diagnostics) EXPECT_THAT(one.message, HasSubstr("not a regular file"));
}

TEST_F(PolicyCustody, WhatIsAnotherUsersIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  give_away("policy.d/a.yaml");
  EXPECT_THAT(refusal(), HasSubstr("a.yaml: error: belongs to the user of the id 12345, not to root"));
  write("policy.d/a.yaml", kSound);
  ASSERT_EQ(lchown((dir_ / "policy.d/a.yaml").c_str(), 0, 0), 0);
  EXPECT_EQ(refusal(), "");
  give_away("policy.d");
  EXPECT_THAT(refusal(), HasSubstr("policy.d belongs to the user of the id 12345, not to root"));
}

TEST_F(PolicyCustody, ALinkOnTheWayHasToBeOursToo) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give links away";
  fs::create_directory(dir_ / "home");
  fs::create_symlink(dir_ / "policy.d", dir_ / "home/link.d");
  EXPECT_EQ(refusal("home/link.d/a.yaml"), "");
  give_away("home/link.d");
  EXPECT_THAT(refusal("home/link.d/a.yaml"), HasSubstr("home/link.d belongs to the user of the id 12345"));
}

}  // namespace
}  // namespace purposewatch

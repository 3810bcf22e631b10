// Scripts and what started a program: services that are known by more than their executable.
#include <sys/stat.h>

#include <filesystem>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

namespace fs = std::filesystem;

class Origins : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    mail_ = make_file("vmail/example.org/alice/1");
    chmod(mail_.c_str(), 0644);
    interpreter_ = copy_of_actor("interpreter");
    tool_ = copy_of_actor("tool");
    nightly_ = make_script("nightly", interpreter_);
    // As administrators do.
    fs::create_directories(path("daily"));
    fs::create_symlink(nightly_, path("daily/link"));
  }

  // A job that is a script, and a tool that only the job, or a daemon, may drive.
  std::string policy() const {
    std::string text = usual_policy();
    const std::string services = "  job: {exe: " + interpreter_ + ", script: [" + nightly_ + ", " +
                                 path("daily/link") + "]}\n" + "  daemon: {exe: " + path("daemon") + "}\n" +
                                 "  tool: {exe: " + tool_ + ", parent: [job, daemon]}\n";
    text.insert(text.find("  client-self:"), services);
    for (const std::string service : {"job", "daemon", "tool"})
      text += "  - {service: " + service + ", store: mail, access: [read], purpose: requested-service}\n";
    return text;
  }

  void watch() { KernelTest::watch(policy()); }

  // What is decided in the kernel sends nothing up.
  void expect_permitted_in_the_kernel(const std::string& service) {
    EXPECT_TRUE(findings().empty());
    EXPECT_EQ(permitted(service, "read"), 1U);
    EXPECT_EQ(seen(), 0U);
  }

  std::string mail_, interpreter_, tool_, nightly_;
};

TEST_F(Origins, APermittedScriptIsCountedAndNotTold) {
  watch();
  act(nightly_, {"read", mail_});
  expect_permitted_in_the_kernel("job");
}

TEST_F(Origins, AForeignScriptOfAPermittedInterpreterIsToldWithItsPath) {
  const std::string foreign = make_script("home/alice/nightly", interpreter_);
  watch();
  act(foreign, {"read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kScriptMismatch);
  EXPECT_EQ(told.subject->program, interpreter_);
  EXPECT_EQ(told.subject->executable, interpreter_);
  EXPECT_EQ(told.subject->script, "");
  EXPECT_EQ(told.subject->script_path, foreign);
}

TEST_F(Origins, AnInterpreterThatOnlyReadsAPermittedScriptDoesNotRunIt) {
  watch();
  act(interpreter_, {nightly_, "act", "read", mail_});
  const Finding read_as_argument = finding();
  EXPECT_EQ(read_as_argument.verdict.reason, Reason::kScriptMismatch);
  EXPECT_EQ(read_as_argument.subject->script_path, "");
  act(interpreter_, {"read", mail_});  // as `-c` code, or from stdin
  EXPECT_EQ(finding().verdict.reason, Reason::kScriptMismatch);
}

// The interpreter opens a script anew, by the name that exec was given: whoever owns that name may make it
// another file.
TEST_F(Origins, AScriptUnderAForeignNameIsNone) {
  fs::create_symlink(nightly_, path("foreign"));
  fs::create_hard_link(nightly_, path("other"));
  watch();
  for (const std::string& name : {path("foreign"), path("other")}) {
    act(name, {"read", mail_});
    const Finding told = finding();
    EXPECT_EQ(told.verdict.reason, Reason::kScriptMismatch) << name;
    EXPECT_EQ(told.subject->script, "");
  }
  act({"chdir", path(""), "become", "./nightly", "read", mail_});
  const Finding relative = finding();
  EXPECT_EQ(relative.verdict.reason, Reason::kScriptMismatch);
  EXPECT_EQ(relative.subject->script_path, nightly_);
}

// Also where a script's name is looked for by whoever starts it: what lies there is another file.
TEST_F(Origins, AScriptOfThatNameInTheWorkingDirectoryIsForeign) {
  const std::string foreign = make_script("home/alice/nightly", interpreter_);
  watch();
  act({"chdir", path("home/alice"), "become", nightly_, "read", mail_});
  expect_permitted_in_the_kernel("job");
  act({"chdir", path("home/alice"), "become", "./nightly", "read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kScriptMismatch);
  EXPECT_EQ(told.subject->script_path, foreign);
  act({"chdir", path("home/alice"), "become", interpreter_, "./nightly", "act", "read", mail_});
  EXPECT_EQ(finding().verdict.reason, Reason::kScriptMismatch);
}

TEST_F(Origins, AScriptMayBeNamedByALink) {
  watch();
  act(path("daily/link"), {"read", mail_});
  expect_permitted_in_the_kernel("job");
}

TEST_F(Origins, WhereAnyoneMayMountANameSaysNothing) {
  watch();
  if (try_to_act(actor(), {"user-namespace"}) != 0) GTEST_SKIP() << "no user namespaces here";
  act({"user-namespace", "become", nightly_, "read", mail_});
  EXPECT_EQ(finding().verdict.reason, Reason::kScriptMismatch);
}

TEST_F(Origins, UnderAnotherRootANameSaysNothing) {
  watch();
  std::vector<std::string> words = {"private"};
  for (const std::string& directory :
       {std::string("/lib"), std::string("/lib64"), std::string("/usr"), path("")}) {
    if (!fs::exists(directory)) continue;
    words.insert(words.end(),
                 {"mkdir", path("jail") + directory, "bind", directory, path("jail") + directory});
  }
  words.insert(words.end(), {"chroot", path("jail"), "chdir", "/", "become", nightly_, "read", mail_});
  act(words);
  EXPECT_EQ(finding().verdict.reason, Reason::kScriptMismatch);
}

TEST_F(Origins, OfScriptsThatRunScriptsTheFirstIsIt) {
  const std::string outer = make_script("outer", nightly_);
  watch();
  act(outer, {"read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kScriptMismatch);
  EXPECT_EQ(told.subject->script_path, outer);
  EXPECT_EQ(told.subject->program, interpreter_);
}

TEST_F(Origins, AFailedExecChangesNothing) {
  const std::string broken = make_script("broken", path("no-such-interpreter"));
  watch();
  act(nightly_, {"fail-to-become", broken, "fail-to-become", path("nothing"), "read", mail_});
  expect_permitted_in_the_kernel("job");
  act(interpreter_, {"fail-to-become", broken, "read", mail_});
  EXPECT_EQ(finding().subject->script_path, "");
}

TEST_F(Origins, AScriptIsInheritedByForkAndLostAtExec) {
  watch();
  act(nightly_, {"fork", "read", mail_});
  expect_permitted_in_the_kernel("job");
  act(nightly_, {"read", mail_, "become", interpreter_, "read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kScriptMismatch);
  EXPECT_EQ(told.subject->script_path, "");
}

TEST_F(Origins, AScriptThatIsStartedFromAThreadIsKnownToo) {
  watch();
  act({"thread-become", nightly_, "read", mail_});
  expect_permitted_in_the_kernel("job");
}

TEST_F(Origins, OfAProgramWithManyOpenFilesTheScriptIsStillFound) {
  std::vector<std::string> words;
  for (int i = 0; i < 50; ++i) words.insert(words.end(), {"hold", "c", mail_});
  words.insert(words.end(), {"become", nightly_, "read", mail_});
  KernelTest::watch(policy());
  act(words);
  findings();
  EXPECT_EQ(permitted("job", "read"), 1U);
}

TEST_F(Origins, AReplacedScriptIsFollowed) {
  watch();
  fs::rename(make_script("nightly.new", interpreter_), nightly_);
  act(nightly_, {"read", mail_});
  EXPECT_TRUE(findings().empty()) << "decided late, not wrongly";
  EXPECT_EQ(permitted("job", "read"), 1U);
}

TEST_F(Origins, AToolIsPermittedBelowItsParentAndToldBelowAnyOther) {
  watch();
  act(nightly_, {"run", tool_, "read", mail_});
  expect_permitted_in_the_kernel("tool");
  act(tool_, {"read", mail_});
  EXPECT_EQ(finding().verdict.reason, Reason::kParentMismatch);
  act(make_script("foreign", interpreter_), {"run", tool_, "read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kParentMismatch);
  EXPECT_EQ(told.subject->ancestor_programs, std::vector<std::string>{interpreter_});
}

TEST_F(Origins, AParentCountsHoweverFarAboveAndByExec) {
  watch();
  act(nightly_, {"run", actor(), "fork", "run", actor(), "become", tool_, "fork", "read", mail_});
  expect_permitted_in_the_kernel("tool");
  act(nightly_, {"become", tool_, "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("tool", "read"), 2U);
}

// Here by a library that it is made to load; the tool itself is started with a clean environment.
TEST_F(Origins, AParentThatWasTamperedWithIsNone) {
  const std::string daemon = copy_of_actor("daemon");
  const std::vector<std::string> drive_tool = {"env",    "LD_PRELOAD", "",     "run", actor(),
                                               "become", tool_,        "read", mail_};
  watch();
  act(daemon, drive_tool);
  expect_permitted_in_the_kernel("tool");
  std::vector<std::string> words = {"env", "LD_PRELOAD", "/tmp/no-such.so", "become", daemon};
  words.insert(words.end(), drive_tool.begin(), drive_tool.end());
  act(words);
  EXPECT_EQ(finding().verdict.reason, Reason::kParentMismatch);
}

TEST_F(Origins, AParentThatHasEndedStillCounts) {
  watch();
  act(nightly_, {"orphan", "become", tool_, "read", mail_, "mkdir", path("done")});
  await_file(path("done"));
  expect_permitted_in_the_kernel("tool");
}

TEST_F(Origins, WhatAProcessBecomesAfterItForkedIsNotAboveTheChild) {
  const std::string daemon = copy_of_actor("daemon");
  watch();
  act({"shed", daemon, "become", tool_, "read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kParentMismatch);
  EXPECT_TRUE(told.subject->ancestor_programs.empty());
}

TEST_F(Origins, AParentThatANewPolicyNamesIsFoundAboveRunningProcesses) {
  const std::string daemon = copy_of_actor("daemon");
  KernelTest::watch();
  const auto process = start(daemon, {"run", tool_, "create", path("ready"), "wait", "read", mail_});
  await_file(path("ready"));
  watch();
  process->go_on();
  EXPECT_EQ(process->finish(), 0);
  expect_permitted_in_the_kernel("tool");
}

}  // namespace
}  // namespace purposewatch::testing

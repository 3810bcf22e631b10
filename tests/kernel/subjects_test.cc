// Who did it: by the inode that was executed, the user, the unit; whatever it calls itself.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using SubjectsInTheKernel = KernelTest;

TEST_F(SubjectsInTheKernel, APermittedServiceIsCountedAndNotTold) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  act(imap, {"read", mail, "read", mail, "list", path("vmail/example.org/alice")});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 2U);
  EXPECT_EQ(permitted("imap", "list"), 1U);
  EXPECT_EQ(seen(), 0U) << "permitted accesses send nothing to user space";
}

TEST_F(SubjectsInTheKernel, APermittedServiceIsTold_WhenItDoesWhatItMayNot) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  act(imap, {"rdwr", mail});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kWrite);
  EXPECT_EQ(told.verdict.reason, Reason::kAccessKind);
  EXPECT_EQ(told.verdict.service, "imap");
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_F(SubjectsInTheKernel, ACopyOfAPermittedProgramElsewhereIsAStranger) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  copy_of_actor("imap");
  const std::string copy = copy_of_actor("copies/imap");
  watch();
  act(copy, {"name", "imap", "read", mail});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kUnknownService);
  EXPECT_EQ(told.subject->executable, copy);
  EXPECT_EQ(told.subject->name, "imap");
}

TEST_F(SubjectsInTheKernel, TheRecordNamesTheProcessItsParentAndItsUser) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  chmod(mail.c_str(), 0644);
  watch();
  act({"uid", "12345", "read", mail});
  const Finding told = finding();
  EXPECT_EQ(told.subject->euid, 12345U);
  EXPECT_EQ(told.subject->uid, 12345U);
  EXPECT_EQ(told.subject->parent_pid, static_cast<std::uint32_t>(getpid()));
  ASSERT_FALSE(told.subject->ancestors.empty());
  EXPECT_EQ(told.subject->ancestors[0].pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(told.subject->ancestors[0].executable, agent_executable());
  EXPECT_GT(told.subject->start_boot_ns, told.subject->ancestors[0].start_boot_ns);
}

TEST_F(SubjectsInTheKernel, AClientMayReadItsOwnButNotItsNeighbours) {
  const std::string own = make_file("vmail/example.org/alice/1");
  const std::string neighbours = make_file("vmail/example.org/bob/1");
  for (const std::string& file : {own, neighbours}) chmod(file.c_str(), 0644);
  ASSERT_EQ(chown(own.c_str(), 20001, 20001), 0);
  ASSERT_EQ(chown(neighbours.c_str(), 20002, 20002), 0);
  watch();
  act({"uid", "20001", "read", own, "read", neighbours});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.client, "bob");
  EXPECT_EQ(told.verdict.reason, Reason::kNotOwner);
  EXPECT_EQ(permitted("client-self", "read"), 1U);
}

TEST_F(SubjectsInTheKernel, AUserConditionIsJudgedAtTheAccessNotAtTheStart) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  chmod(mail.c_str(), 0644);
  const std::string imap = copy_of_actor("imap");
  std::string policy = usual_policy();
  policy.replace(policy.find("/imap\"]}"), 8, "/imap\"], user: \"30000\"}");
  watch(policy);
  act(imap, {"read", mail, "uid", "30000", "read", mail, "read", mail});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kUserMismatch);
  EXPECT_EQ(told.subject->euid, 0U);
  EXPECT_EQ(permitted("imap", "read"), 2U);
}

TEST_F(SubjectsInTheKernel, AGroupConditionToo) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  std::string policy = usual_policy();
  policy.replace(policy.find("/imap\"]}"), 8, "/imap\"], group: \"30000\"}");
  watch(policy);
  act(imap, {"read", mail, "gid", "30000", "read", mail, "read", mail});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kGroupMismatch);
  EXPECT_EQ(told.subject->gid, 0U);
  EXPECT_EQ(permitted("imap", "read"), 2U);
}

TEST_F(SubjectsInTheKernel, IdentityIsInheritedByForkAndLostAtExec) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  act(imap, {"fork", "read", mail});
  EXPECT_TRUE(findings().empty());
  act(imap, {"become", actor(), "read", mail});
  EXPECT_EQ(finding().verdict.reason, Reason::kUnknownService);
  act({"become", imap, "read", mail});
  EXPECT_TRUE(findings().empty());
}

TEST_F(SubjectsInTheKernel, AnExecFromAnotherThreadChangesTheIdentityToo) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  act({"thread-become", imap, "read", mail});
  EXPECT_TRUE(findings().empty());
  act(imap, {"thread-become", actor(), "read", mail});
  EXPECT_EQ(finding().verdict.reason, Reason::kUnknownService);
}

TEST_F(SubjectsInTheKernel, AReplacedExecutableIsFollowedAndOldProcessesKeepTheirIdentity) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  const auto old_process = start(imap, {"wait", "read", mail});
  // As a package upgrade does: the new file is renamed over the old one.
  std::filesystem::rename(copy_of_actor("imap.dpkg-new"), imap);
  act(imap, {"read", mail});
  EXPECT_TRUE(findings().empty()) << "the new file is what the policy's path leads to";
  old_process->go_on();
  EXPECT_EQ(old_process->finish(), 0);
  EXPECT_TRUE(findings().empty());
}

TEST_F(SubjectsInTheKernel, AUnitIsLearntFromTheCgroupOfTheRecord) {
  const std::filesystem::path cgroups =
      std::filesystem::exists("/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup";
  const std::string unit = (cgroups / "purposewatch-test.service").string();
  std::error_code error;
  std::filesystem::create_directory(unit, error);
  if (error) GTEST_SKIP() << "cannot make a cgroup: " << error.message();
  struct Removal {
    std::string path;
    ~Removal() { rmdir(path.c_str()); }
  } removal{unit};

  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  std::string policy = usual_policy();
  policy.replace(policy.find("/imap\"]}"), 8, "/imap\"], unit: \"purposewatch-*.service\"}");
  watch(policy);
  act(imap, {"read", mail});
  EXPECT_EQ(finding().verdict.reason, Reason::kUnitMismatch);
  act(imap, {"cgroup", unit, "read", mail});
  EXPECT_TRUE(findings().empty()) << "decided late, not wrongly";
  const std::uint64_t sent_up = seen();
  act(imap, {"cgroup", unit, "read", mail});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(seen(), sent_up) << "by now the kernel knows the unit itself";
  EXPECT_EQ(permitted("imap", "read"), 2U);
}

}  // namespace
}  // namespace purposewatch::testing

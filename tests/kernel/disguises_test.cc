// Disguises: whatever a process looks like, it is what was executed, and whoever started it stays visible.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

namespace fs = std::filesystem;

class Disguises : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    mail_ = make_file("vmail/example.org/alice/1");
    chmod(mail_.c_str(), 0644);
    imap_ = copy_of_actor("imap");
    watch();
  }

  Finding stranger() {
    Finding told = finding();
    EXPECT_EQ(told.verdict.reason, Reason::kUnknownService);
    EXPECT_EQ(told.subject->program, "");
    EXPECT_EQ(told.verdict.client, "alice");
    return told;
  }

  std::string mail_, imap_;
};

TEST_F(Disguises, AServicesNameMakesNobodyTheService) {
  act({"become-called", imap_, actor(), "name", "imap", "read", mail_});
  const Finding told = stranger();
  EXPECT_EQ(told.subject->executable, actor());
  EXPECT_EQ(told.subject->name, "imap");
}

TEST_F(Disguises, ANameOfItsOwnTakesNothingFromAService) {
  act({"become-called", "innocent", imap_, "name", "innocent", "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_F(Disguises, ACopyInMemoryIsAStranger) {
  act({"become-memfd", imap_, "read", mail_});
  EXPECT_NE(stranger().subject->executable.find("memfd:imap"), std::string::npos);
}

TEST_F(Disguises, ACopyThatWasRemovedIsAStranger) {
  act({"become-removed", imap_, "read", mail_});
  EXPECT_NE(stranger().subject->executable.find("imap.copy"), std::string::npos);
}

TEST_F(Disguises, AServiceWhoseExecutableWasRemovedStaysTheService) {
  const auto process = start(imap_, {"create", path("ready"), "wait", "read", mail_});
  await_file(path("ready"));
  fs::remove(imap_);
  process->go_on();
  EXPECT_EQ(process->finish(), 0);
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_F(Disguises, ThePermittedPathMountedOverInAPrivateNamespaceIsAStranger) {
  const std::string foreign = copy_of_actor("foreign");
  act({"private", "bind", foreign, imap_, "become", imap_, "read", mail_});
  stranger();
  // The twin: the service itself, reached by another path there.
  act({"private", "bind", imap_, foreign, "become", foreign, "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_F(Disguises, AProgramThatTheLoaderIsToldToRunIsTheLoader) {
  const std::string loader = "/lib64/ld-linux-x86-64.so.2";
  if (!fs::exists(loader)) GTEST_SKIP() << "no loader at " << loader;
  act({"become-by-loader", loader, imap_, "read", mail_});
  EXPECT_NE(stranger().subject->executable.find("ld-linux"), std::string::npos);
}

TEST_F(Disguises, APidThatWasAServicesIsNobodysNow) {
  const auto service = start(imap_, {"read", mail_});
  const std::string pid = std::to_string(service->pid());
  EXPECT_EQ(service->finish(), 0);
  if (try_to_act(actor(), {"pid", pid}) != 0) GTEST_SKIP() << "the pid cannot be chosen here";
  act({"pid", pid, "read", mail_});
  EXPECT_EQ(std::to_string(stranger().subject->pid), pid);
  act(imap_, {"pid", pid, "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 2U);
}

TEST_F(Disguises, WhatWasDecidedForOneProgramNeverServesTheNext) {
  act(imap_, {"read", mail_, "read", mail_, "become", actor(), "read", mail_});
  stranger();
  act({"read", mail_, "become", imap_, "read", mail_});
  stranger();
  EXPECT_EQ(permitted("imap", "read"), 3U);
}

TEST_F(Disguises, WhatWasDecidedByOnePolicyDoesNotServeTheNext) {
  const auto process = start(imap_, {"read", mail_, "mkdir", path("ready"), "wait", "read", mail_});
  await_file(path("ready"));
  std::string policy = usual_policy();
  policy.erase(policy.find("  - {service: imap"),
               policy.find("  - {service: client-self") - policy.find("  - {service: imap"));
  ASSERT_TRUE(reload(policy));
  process->go_on();
  EXPECT_EQ(process->finish(), 0);
  EXPECT_EQ(finding().verdict.reason, Reason::kNoPermit);
}

TEST_F(Disguises, AUserThatChangesBetweenExecAndAccessIsTheOneThatCounts) {
  ASSERT_EQ(chown(mail_.c_str(), 20001, 20001), 0);
  act({"uid", "20001", "read", mail_});
  EXPECT_TRUE(findings().empty());
  act({"read", mail_, "uid", "20002", "read", mail_});
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].subject->euid, 0U);
  EXPECT_EQ(told[1].subject->euid, 20002U);
  EXPECT_EQ(told[1].verdict.reason, Reason::kNotOwner);
}

// As sudo, su, cron, at and systemd-run do: other users, other programs, a parent that is gone, another
// cgroup.
TEST_F(Disguises, ThePersonWhoLoggedInStaysVisible) {
  if (try_to_act(actor(), {"login", "4242"}) != 0) GTEST_SKIP() << "no login can be set here";
  const std::string shell = copy_of_actor("shell"), sudo = copy_of_actor("sudo"), job = copy_of_actor("job");
  act({"login", "4242", "become", shell, "run", sudo, "uid", "20002", "run", job, "read", mail_});
  const Finding below_sudo = finding();
  EXPECT_EQ(below_sudo.subject->login_uid, 4242U);
  EXPECT_NE(below_sudo.subject->session_id, kUnsetId);
  EXPECT_EQ(below_sudo.subject->euid, 20002U);
  ASSERT_GE(below_sudo.subject->ancestors.size(), 2U);
  EXPECT_EQ(below_sudo.subject->ancestors[0].executable, sudo);
  EXPECT_EQ(below_sudo.subject->ancestors[1].executable, shell);

  act({"login", "4243", "become", shell, "orphan", "become", job, "read", mail_, "mkdir", path("done")});
  await_file(path("done"));
  const Finding orphan = stranger();
  EXPECT_EQ(orphan.subject->login_uid, 4243U);
  EXPECT_EQ(orphan.subject->executable, job);
}

}  // namespace
}  // namespace purposewatch::testing

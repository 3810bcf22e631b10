// A service that somebody else wrote into, or made load foreign code, is no service any more.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using ::testing::HasSubstr;

class TamperingInTheKernel : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    watch();
  }

  // What was told of files: that memory was touched is told besides.
  std::vector<Finding> reads() {
    std::vector<Finding> found;
    for (Finding& finding : findings())
      if (finding.access.kind == AccessKind::kRead) found.push_back(std::move(finding));
    return found;
  }

  // Exactly one read, by a service that lost its identity in the way that `how` says.
  void expect_tampered(const std::string& how) {
    const std::vector<Finding> told = reads();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].verdict.reason, Reason::kTampered);
    EXPECT_EQ(told[0].verdict.service, "imap");
    EXPECT_THAT(told[0].subject->tampered_by, HasSubstr(how));
  }
};

class TamperingWhileItRuns : public TamperingInTheKernel {
 protected:
  void SetUp() override {
    TamperingInTheKernel::SetUp();
    if (!sees_memory()) GTEST_SKIP() << "not seen: memory";
  }

  static void await_user(pid_t process, unsigned user) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (std::string word; std::chrono::steady_clock::now() < deadline;) {
      std::ifstream status("/proc/" + std::to_string(process) + "/status");
      while (status >> word && word != "Uid:") {
      }
      if (unsigned now = 0; status >> now && now == user) return;
    }
    FAIL() << process << " does not become user " << user;
  }
};

class EveryWayToWrite : public TamperingWhileItRuns, public ::testing::WithParamInterface<const char*> {};

TEST_P(EveryWayToWrite, TakesAServicesIdentity) {
  act(imap_, {"read", mail_, "let", actor(), GetParam(), "read", mail_});
  EXPECT_EQ(permitted("imap", "read"), 1U);
  expect_tampered("(" + actor() + ")");
}

INSTANTIATE_TEST_SUITE_P(Ways, EveryWayToWrite,
                         ::testing::Values("attach", "seize", "vm-write", "mem-write"));

TEST_F(TamperingWhileItRuns, IsNotWhatOnlyReads) {
  for (const char* verb : {"vm-read", "mem-read", "look"})
    act(imap_, {"read", mail_, "let", actor(), verb, "read", mail_});
  EXPECT_TRUE(reads().empty());
  EXPECT_EQ(permitted("imap", "read"), 6U);
}

TEST_F(TamperingWhileItRuns, HoldsForAllItsThreads) {
  act(imap_, {"thread-read", mail_, "let", actor(), "vm-write", "thread-read", mail_});
  expect_tampered("a write into its memory");
}

TEST_F(TamperingWhileItRuns, IsInheritedByWhatItForks) {
  act(imap_, {"read", mail_, "let", actor(), "attach", "fork", "fork", "read", mail_});
  expect_tampered("ptrace");
}

TEST_F(TamperingWhileItRuns, EndsWhenItStartsAProgram) {
  for (const char* how : {"become", "thread-become"})
    act(imap_, {"read", mail_, "let", actor(), "attach", how, imap_, "read", mail_});
  EXPECT_TRUE(reads().empty());
  EXPECT_EQ(permitted("imap", "read"), 4U);
}

TEST_F(TamperingWhileItRuns, LeavesOtherProcessesOfTheServiceAlone) {
  act(imap_, {"read", mail_, "let", actor(), "attach"});
  act(imap_, {"read", mail_});
  EXPECT_TRUE(reads().empty());
}

TEST_F(TamperingWhileItRuns, IsNotWhatAServiceDoesToItself) {
  act(imap_, {"read", mail_, "let", imap_, "attach", "let", imap_, "vm-write", "read", mail_});
  EXPECT_TRUE(reads().empty());
  EXPECT_EQ(permitted("imap", "read"), 2U);
}

TEST_F(TamperingWhileItRuns, OfAClientsProcessCountsWhenSomebodyElseDoesIt) {
  chmod(mail_.c_str(), 0644);
  ASSERT_EQ(chown(mail_.c_str(), 20001, 20001), 0);
  act({"uid", "20001", "become", actor(), "let", actor(), "attach", "read", mail_});
  EXPECT_TRUE(findings().empty()) << "a client debugs what is his";
  const auto client = start(actor(), {"uid", "20001", "wait", "read", mail_});
  await_user(client->pid(), 20001);
  act({"attach", std::to_string(client->pid())});
  client->go_on();
  EXPECT_EQ(client->finish(), 0);
  const std::vector<Finding> told = reads();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0].subject->tampered_by, HasSubstr("ptrace"));
}

TEST_F(TamperingInTheKernel, IsToBeTracedFromTheStart) {
  act({"trace", imap_, "read", mail_});
  expect_tampered("being traced from its start by");
}

struct Variable {
  const char* name;
  const char* value;
};

class VariablesThatLoadCode : public TamperingInTheKernel, public ::testing::WithParamInterface<Variable> {};

TEST_P(VariablesThatLoadCode, TakeAServicesIdentity) {
  act({"env", GetParam().name, GetParam().value, "run", imap_, "read", mail_});
  expect_tampered(GetParam().name + std::string("="));
}

INSTANTIATE_TEST_SUITE_P(
    Variables, VariablesThatLoadCode,
    ::testing::Values(Variable{"LD_PRELOAD", "/tmp/no-such.so"},
                      Variable{"LD_PRELOAD", "/usr/lib/no-such.so:/tmp/no-such.so"},
                      Variable{"LD_PRELOAD", "/usr/../tmp/no-such.so"}, Variable{"LD_LIBRARY_PATH", "/tmp"},
                      Variable{"LD_LIBRARY_PATH", "/usr/lib:"}, Variable{"LD_AUDIT", "/tmp/no-such.so"},
                      Variable{"GCONV_PATH", "/tmp"}, Variable{"PERL5OPT", "-Mforeign"}));

TEST_F(TamperingInTheKernel, IsNotTheEnvironmentThatLoadsTheSystemsOwn) {
  for (const Variable& one : {Variable{"LD_PRELOAD", "/usr/lib/no-such.so /lib/no-such.so"},
                              {"LD_PRELOAD", ""},
                              {"LD_LIBRARY_PATH", "/usr/lib/no-such"},
                              {"LD_PRELOADS", "/tmp/x"},
                              {"MY_LD_PRELOAD", "/tmp/x"},
                              {"NOTE", "LD_PRELOAD=/tmp/x"}})
    act({"env", one.name, one.value, "run", imap_, "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 6U);
}

TEST_F(TamperingInTheKernel, IsFoundBehindALargeEnvironment) {
  std::vector<std::string> words;
  for (int i = 0; i < 8; ++i) {
    const std::vector<std::string> large = {"env", "LARGE" + std::to_string(i), std::string(20000 + i, 'x')};
    words.insert(words.end(), large.begin(), large.end());
  }
  std::vector<std::string> harmless = words, harmful = words;
  for (const char* word : {"run", imap_.c_str(), "read", mail_.c_str()}) harmless.emplace_back(word);
  for (const char* word :
       {"env", "ZZ", "", "env", "LD_PRELOAD", "/tmp/no-such.so", "run", imap_.c_str(), "read", mail_.c_str()})
    harmful.emplace_back(word);
  act(harmless);
  EXPECT_TRUE(findings().empty());
  act(harmful);
  expect_tampered("LD_PRELOAD=/tmp/no-such.so");
}

// The dynamic linker does not believe its variables there.
TEST_F(TamperingInTheKernel, IsNoVariableOfAProgramThatRunsAsAnotherUser) {
  ASSERT_EQ(chmod(imap_.c_str(), 04755), 0);
  act({"env", "LD_PRELOAD", "/tmp/no-such.so", "uid", "12345", "run", imap_, "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

}  // namespace
}  // namespace purposewatch::testing

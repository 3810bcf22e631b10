// Memory of a process that holds clients' data: whoever reads it reads them, too.
#include <fstream>
#include <set>
#include <string_view>

#include "agent/kernel/io_uring.h"
#include "tests/kernel/small_program.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using namespace std::string_view_literals;

class MemoryInTheKernel : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    stranger_ = copy_of_actor("stranger");
    watch();
    if (!sees_memory()) GTEST_SKIP() << "not seen: memory";
  }

  // The usual policy, with another store before its own, and ROOT/debugger, which may read memory of mail
  // alone.
  std::string policy() const {
    std::string text = usual_policy();
    const auto insert = [&](const std::string& before, const std::string& what) {
      text.insert(text.find(before), what);
    };
    insert("  mail:\n", "  logs:\n    class: [communications]\n    paths: [\"" + path("logs") + "\"]\n");
    insert("  client-self:", "  debugger: {exe: [\"" + path("debugger") + "\"]}\n");
    return text + "  - {service: debugger, store: mail, access: [memory], purpose: requested-service}\n";
  }

  static std::vector<Finding> of_memory(const std::vector<Finding>& all) {
    std::vector<Finding> found;
    for (const Finding& finding : all)
      if (finding.access.kind == AccessKind::kMemory) found.push_back(finding);
    return found;
  }
  // Stores of what was told about memory.
  std::multiset<std::string> stores() {
    std::multiset<std::string> names;
    for (const Finding& finding : of_memory(findings())) names.insert(finding.verdict.store);
    return names;
  }

  using Stores = std::multiset<std::string>;
  std::string stranger_;
};

class EveryWayToMemory : public MemoryInTheKernel, public ::testing::WithParamInterface<const char*> {};

TEST_P(EveryWayToMemory, IsAnAccessToWhatAServiceHolds) {
  watch();
  act(imap_, {"read", mail_, "let", actor(), GetParam()});
  const std::vector<Finding> all = findings();
  ASSERT_FALSE(all.empty());
  const Finding& told = all.front();
  EXPECT_EQ(told.access.kind, AccessKind::kMemory);
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.reason, Reason::kUnknownService);
  EXPECT_EQ(told.subject->executable, actor());
  ASSERT_TRUE(told.access.target);
  EXPECT_EQ(told.access.target->executable, imap_);
  EXPECT_EQ(told.access.target->pid, told.subject->parent_pid);
  EXPECT_EQ(told.access.target->start_boot_ns, told.subject->ancestors.at(0).start_boot_ns);
  EXPECT_EQ(told.access.target->name, "imap");
}

INSTANTIATE_TEST_SUITE_P(Ways, EveryWayToMemory,
                         ::testing::Values("attach", "seize", "vm-read", "thread-vm-read", "vm-write",
                                           "mem-read", "mem-write", "gcore"));

TEST_F(MemoryInTheKernel, OpenedThroughIoUringIsAnAccessToo) {
  if (!IoUring::is_allowed()) GTEST_SKIP() << "io_uring is not to be had here";
  act(imap_, {"read", mail_, "let", actor(), "mem-ring-open"});
  const std::vector<Finding> told = of_memory(findings());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].subject->executable, actor());
  EXPECT_EQ(told[0].verdict.store, "mail");
}

// Its exit code is 1 when it may not trace its parent.
constexpr std::string_view kSeizeParentIn32Bits =
    "\x6a\x40\x58\xcd\x80\x91"  // push $64; pop %eax; int $0x80: getppid; xchg %eax,%ecx
    "\xbb\x06\x42\x00\x00"      // mov $0x4206,%ebx: PTRACE_SEIZE
    "\x31\xd2\x31\xf6"          // xor %edx,%edx; xor %esi,%esi
    "\x6a\x1a\x58\xcd\x80"      // push $26; pop %eax; int $0x80: ptrace
    "\xc1\xe8\x1f\x93"          // shr $31,%eax; xchg %eax,%ebx: the sign of the result
    "\x6a\x01\x58\xcd\x80"sv;   // push $1; pop %eax; int $0x80: exit

TEST_F(MemoryInTheKernel, TracedByAProgramOf32BitsIsAnAccessToo) {
  const std::string small = path("small");
  make_program_of_32_bits(small, kSeizeParentIn32Bits);
  // The first one may be over before its system calls are watched; by the next drain they are.
  if (try_to_act(imap_, {"run", small}) != 0) GTEST_SKIP() << "this kernel runs no 32-bit programs";
  (void)findings();
  act(imap_, {"read", mail_, "run", small});
  const std::vector<Finding> told = of_memory(findings());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].subject->executable, small);
  EXPECT_EQ(told[0].verdict.store, "mail");
}

TEST_F(MemoryInTheKernel, OfAProcessThatLetsItsParentTraceItIsTheParentsAccess) {
  watch();
  act({"run", imap_, "read", mail_, "traceme"});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kMemory);
  EXPECT_EQ(told.subject->executable, actor());
  ASSERT_TRUE(told.access.target);
  EXPECT_EQ(told.access.target->executable, imap_);
}

TEST_F(MemoryInTheKernel, OfAStrangerCountsForWhatItHasRead) {
  watch();
  act(stranger_, {"read", mail_, "let", actor(), "vm-read"});
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].access.kind, AccessKind::kRead);
  EXPECT_EQ(told[1].access.kind, AccessKind::kMemory);
  EXPECT_EQ(told[1].subject->executable, actor());
}

TEST_F(MemoryInTheKernel, OfWhoHasTouchedNoStoreIsNobodysBusiness) {
  make_file("elsewhere");
  watch();
  for (const char* verb : {"attach", "vm-read", "mem-read", "vm-write"})
    act(stranger_, {"read", path("elsewhere"), "let", actor(), verb});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(seen(), 0U);
}

TEST_F(MemoryInTheKernel, OfAServiceThatHasTouchedNothingYetMayHoldWhatItWorksWith) {
  make_directory("logs");
  watch(policy());
  act(imap_, {"let", actor(), "vm-read"});
  EXPECT_EQ(stores(), Stores{"mail"});
}

TEST_F(MemoryInTheKernel, IsNotWhatOnlyLooksAtAProcess) {
  watch();
  act(imap_, {"read", mail_, "let", actor(), "look"});
  EXPECT_TRUE(findings().empty());
}

TEST_F(MemoryInTheKernel, OfOnesOwnProcessIsFree) {
  watch();
  act(imap_, {"read", mail_, "own", "vm-read", "own", "thread-vm-read", "own", "mem-read"});
  EXPECT_TRUE(findings().empty());
}

TEST_F(MemoryInTheKernel, IsSharedByThreads) {
  watch();
  act(stranger_, {"thread-read", mail_, "let", actor(), "vm-read"});
  EXPECT_EQ(stores(), Stores{"mail"});
}

TEST_F(MemoryInTheKernel, IsCopiedByFork) {
  watch();
  act(stranger_, {"read", mail_, "fork", "let", actor(), "vm-read"});
  EXPECT_EQ(stores(), Stores{"mail"});
}

TEST_F(MemoryInTheKernel, EndsWithExec) {
  watch();
  for (const char* how : {"become", "thread-become"}) {
    act(imap_, {"read", mail_, how, stranger_, "let", actor(), "vm-read"});
    act(imap_, {"thread-read", mail_, how, stranger_, "let", actor(), "vm-read"});
  }
  EXPECT_TRUE(findings().empty());
}

TEST_F(MemoryInTheKernel, OfAnotherReaderOfMemoryHoldsTheSame) {
  watch();
  act(imap_, {"read", mail_, "let-then", stranger_, "vm-read", "let", actor(), "vm-read"});
  const std::vector<Finding> told = of_memory(findings());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].access.target->executable, stranger_);
  EXPECT_EQ(told[1].verdict.store, "mail");
}

TEST_F(MemoryInTheKernel, IsToldForEachStoreOfWhichItHoldsData) {
  const std::string log = make_file("logs/1");
  watch(policy());
  act(stranger_, {"read", mail_, "read", log, "let", actor(), "vm-read"});
  EXPECT_EQ(stores(), (Stores{"logs", "mail"}));
}

TEST_F(MemoryInTheKernel, MayBeReadByWhoIsPermittedTo) {
  const std::string log = make_file("logs/1"), debugger = copy_of_actor("debugger");
  watch(policy());
  for (const char* verb : {"attach", "vm-read", "mem-read"})
    act(imap_, {"read", mail_, "let", debugger, verb});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("debugger", "memory"), 3U);
  act(stranger_, {"read", log, "let", debugger, "vm-read"});
  const std::vector<Finding> told = of_memory(findings());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].verdict.reason, Reason::kNoPermit);
}

TEST_F(MemoryInTheKernel, IsRememberedOverAReloadThatNumbersStoresAnew) {
  make_directory("logs");
  watch();
  const auto holder = start(stranger_, {"read", mail_, "wait", "let", actor(), "vm-read"});
  await(1);
  ASSERT_TRUE(reload(policy()));
  holder->go_on();
  EXPECT_EQ(holder->finish(), 0);
  EXPECT_EQ(stores(), Stores{"mail"});
}

}  // namespace
}  // namespace purposewatch::testing

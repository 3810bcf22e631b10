// A core dump is the memory of a process that dies: its own access, of the kind memory.
#include <fstream>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class CoreDumps : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    stranger_ = copy_of_actor("stranger");
    make_directory("outside");
    std::getline(std::ifstream("/proc/sys/kernel/core_pattern"), pattern_);
  }

  // Reads a mail, and dies so.
  void die(const std::string& program, const std::string& how, const std::string& where = "outside") {
    EXPECT_NE(try_to_act(program, {"read", mail_, "chdir", path(where), how}), 0);
  }

  // But for the core itself, which is a copy of what was read.
  std::vector<Finding> told_of_memory() {
    std::vector<Finding> told = findings();
    std::erase_if(told, [](const Finding& finding) { return finding.access.disclosure.has_value(); });
    return told;
  }

  std::string stranger_, pattern_;
};

TEST_F(CoreDumps, OfAProcessThatHoldsClientsDataAreItsAccess) {
  watch();
  die(imap_, "dump-core");
  const std::vector<Finding> all = told_of_memory();
  ASSERT_EQ(all.size(), 1U);
  const Finding& told = all.front();
  EXPECT_EQ(told.access.kind, AccessKind::kMemory);
  EXPECT_EQ(told.verdict.store, "mail");
  EXPECT_EQ(told.verdict.reason, Reason::kAccessKind);
  EXPECT_EQ(told.subject->executable, imap_);
  ASSERT_TRUE(told.access.target);
  EXPECT_EQ(told.access.target->pid, told.subject->pid);
}

TEST_F(CoreDumps, ThatAPermitCoversAreCounted) {
  std::string policy = usual_policy();
  policy.replace(policy.find("access: [read, list]"), 20, "access: [read, memory]");
  watch(policy);
  die(imap_, "dump-core");
  EXPECT_TRUE(told_of_memory().empty());
  EXPECT_EQ(permitted("imap", "memory"), 1U);
}

TEST_F(CoreDumps, OfWhoHasTouchedNoStoreAreNobodysBusiness) {
  watch();
  EXPECT_NE(try_to_act(stranger_, {"chdir", path("outside"), "dump-core"}), 0);
  EXPECT_TRUE(findings().empty());
}

// Of these signals, and by these means, nothing is left.
TEST_F(CoreDumps, AreNotEveryDeath) {
  watch();
  for (const std::string how : {"die-by-term", "die-undumpable", "live-on"}) die(imap_, how);
  if (pattern_.find_first_of("|@") != 0) die(imap_, "die-without-core");
  EXPECT_TRUE(findings().empty());
}

// Where the file is put counts, too.
TEST_F(CoreDumps, InAStoreAreNewFilesThere) {
  if (pattern_ != "core") GTEST_SKIP() << "cores go elsewhere here: " << pattern_;
  watch();
  if (backend_is(Backend::kSyscalls)) GTEST_SKIP() << "not seen: what the kernel opens by itself";
  die(imap_, "dump-core", "vmail/example.org/alice");
  bool is_created = false;
  for (const Finding& told : told_of_memory()) {
    EXPECT_EQ(told.subject->executable, imap_);
    EXPECT_EQ(told.verdict.client, told.access.kind == AccessKind::kMemory ? "" : "alice");
    is_created |= told.access.kind == AccessKind::kCreate;
  }
  EXPECT_TRUE(is_created);
}

}  // namespace
}  // namespace purposewatch::testing

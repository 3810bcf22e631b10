// What was done: the kinds of access that an open is.
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using AccessesInTheKernel = KernelTest;

TEST_F(AccessesInTheKernel, EachWayToOpenIsItsOwnKind) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  act({"read", mail});
  EXPECT_EQ(finding().access.kind, AccessKind::kRead);
  act({"write", mail});
  EXPECT_EQ(finding().access.kind, AccessKind::kWrite);
  act({"list", path("vmail/example.org/alice")});
  EXPECT_EQ(finding().access.kind, AccessKind::kList);
  act({"create", path("vmail/example.org/alice/2")});
  EXPECT_EQ(finding().access.kind, AccessKind::kCreate);
}

TEST_F(AccessesInTheKernel, OpeningForBothReadsAndWrites) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  act({"rdwr", mail});
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].access.kind, AccessKind::kRead);
  EXPECT_EQ(told[1].access.kind, AccessKind::kWrite);
}

TEST_F(AccessesInTheKernel, ExecutingAStoresFileIsExec) {
  const std::string tool = copy_of_actor("vmail/example.org/alice/tool");
  const std::string mail = make_file("outside");
  watch();
  act({"become", tool, "read", mail});
  std::vector<Finding> told = findings();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told[0].access.kind, AccessKind::kExec);
  EXPECT_EQ(told[0].access.path, tool);
}

TEST_F(AccessesInTheKernel, APathDescriptorIsNoAccess) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  act({"opath", mail});
  EXPECT_TRUE(findings().empty());
}

TEST_F(AccessesInTheKernel, ADeniedOpenIsNoAccessButCounted) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  chmod(mail.c_str(), 0600);
  watch();
  if (!backend_is(Backend::kSyscalls))
    GTEST_SKIP() << "only the syscalls backend sees what the kernel refuses";
  const std::uint64_t before = agent().health().denied_opens;
  act({"uid", "65534", "denied", mail});
  EXPECT_TRUE(findings().empty());
  EXPECT_GE(agent().health().denied_opens, before + 1);
}

TEST_F(AccessesInTheKernel, TheAgentItselfIsNoSubject) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  const Descriptor own(open(mail.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(own);
  EXPECT_TRUE(findings().empty());
  act({"read", mail});
  EXPECT_EQ(finding().subject->executable, actor()) << "another process of the same executable is";
}

TEST_F(AccessesInTheKernel, EveryAccessOfAFloodIsAccountedFor) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  constexpr int kActors = 4, kReads = 2000;
  std::vector<std::string> words;
  for (int i = 0; i < kReads; ++i) {
    words.emplace_back("read");
    words.push_back(mail);
  }
  std::vector<std::unique_ptr<WaitingActor>> actors;
  for (int i = 0; i < kActors; ++i) actors.push_back(start(actor(), words));
  for (auto& one : actors) EXPECT_EQ(one->finish(), 0);
  const std::vector<Finding> told = findings();
  EXPECT_EQ(seen(), std::uint64_t{kActors} * kReads);
  EXPECT_EQ(delivered() + lost(), seen());
  EXPECT_EQ(told.size(), delivered());
}

TEST_F(AccessesInTheKernel, SequenceNumbersHaveNoGaps) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  std::vector<std::string> words;
  for (int i = 0; i < 200; ++i) {
    words.emplace_back("read");
    words.push_back(mail);
  }
  act(words);
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), 200U);
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].sequence, told[0].sequence + i);
}

}  // namespace
}  // namespace purposewatch::testing

// What was done: the kinds of access that an open is.
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/kernel/small_program.h"
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

// What a permitted service opens and passes on is an access of whoever gets it, and not of the service again.
TEST_F(AccessesInTheKernel, ADescriptorThatAnotherProcessSendsIsTheReceiversAccess) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  act(imap, {"hand", mail, "r", actor()});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.access.path, mail);
  EXPECT_EQ(told.subject->executable, actor());
  EXPECT_EQ(permitted("imap", "read"), 1U);
  act(imap, {"hand", mail, "r", imap});
  EXPECT_TRUE(findings().empty()) << "the service itself may have it";
  EXPECT_EQ(permitted("imap", "read"), 3U);
}

TEST_F(AccessesInTheKernel, ADescriptorThatIsReceivedIsWhatItWasOpenedFor) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string outside = make_file("outside");
  watch();
  act({"hand", outside, "rw", actor()});
  EXPECT_TRUE(findings().empty());
  act({"hand", mail, "rw", actor()});
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), 4U) << "opened, then received";
  EXPECT_EQ(told[2].access.kind, AccessKind::kRead);
  EXPECT_EQ(told[3].access.kind, AccessKind::kWrite);
  EXPECT_NE(told[2].subject->pid, told[0].subject->pid);
}

// Else anybody could make a daemon look guilty by sending it what it never asked for.
TEST_F(AccessesInTheKernel, ADescriptorThatIsNotTakenOutOfItsMessageIsNoAccess) {
  const std::string mail = make_file("vmail/example.org/alice/1"), imap = copy_of_actor("imap");
  watch();
  act(imap, {"hand-in-vain", mail, "r", actor()});
  EXPECT_TRUE(findings().empty());
  act(imap, {"hand", mail, "r", actor()});
  EXPECT_EQ(finding().subject->executable, actor());
}

TEST_F(AccessesInTheKernel, ADescriptorTakenOutOfAnotherProcessIsTheTakersAccess) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  act(imap, {"let-take", mail, actor()});
  const Finding told = finding();
  EXPECT_EQ(told.access.kind, AccessKind::kRead);
  EXPECT_EQ(told.subject->executable, actor());
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
  if (!backend_is(Backend::kSyscalls)) GTEST_SKIP() << "not seen: what the kernel refuses";
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
  act(agent_executable(), {"read", mail});
  EXPECT_EQ(finding().subject->executable, agent_executable()) << "another process of the same executable is";
}

TEST_F(AccessesInTheKernel, EveryAccessOfAFloodIsAccountedForInFewFindings) {
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
  EXPECT_EQ(accounted() + lost(), seen());
  std::uint64_t stood_for = 0;
  for (const Finding& finding : told) stood_for += finding.count;
  EXPECT_EQ(stood_for, accounted());
  EXPECT_LT(told.size(), std::size_t{kActors} * kReads / 10);
}

TEST_F(AccessesInTheKernel, TheFirstOfManyIsToldAtOnceAndTheRestInOne) {
  const std::string mail = make_file("vmail/example.org/alice/1"),
                    other = make_file("vmail/example.org/bob/1");
  watch();
  act({"read", mail, "read", mail, "read", mail, "write", mail, "read", other});
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[0].count, 1U);
  EXPECT_EQ(told[1].access.kind, AccessKind::kWrite);
  EXPECT_EQ(told[2].access.path, other);
  EXPECT_EQ(told[3].access.path, mail);
  EXPECT_EQ(told[3].count, 2U);
  EXPECT_EQ(told[3].sequence, told[0].sequence + 2);
  EXPECT_GT(told[3].first_wall_ns, told[0].wall_ns);
  EXPECT_GT(told[3].wall_ns, told[3].first_wall_ns);
}

TEST_F(AccessesInTheKernel, SequenceNumbersHaveNoGaps) {
  constexpr std::size_t kFiles = 200;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < kFiles; ++i) {
    words.emplace_back("read");
    words.push_back(make_file("vmail/example.org/alice/" + std::to_string(i)));
  }
  watch();
  act(words);
  const std::vector<Finding> told = findings();
  ASSERT_EQ(told.size(), kFiles);
  for (std::size_t i = 0; i < kFiles; ++i) EXPECT_EQ(told[i].sequence, told[0].sequence + i);
}

TEST_F(AccessesInTheKernel, SecretsOnTheCommandLineDoNotGetIn) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  watch();
  const auto reader = start(actor(), {"read", mail, "wait", "name", "--password=hunter2"});
  await(1);
  const Finding told = finding();
  ASSERT_FALSE(told.subject->args.empty());
  EXPECT_EQ(told.subject->args.back(), "--password=[redacted]");
}

// Opens its second argument to read; its exit code is 1 when that fails.
constexpr std::string_view kOpenIn32Bits =
    "\x8b\x5c\x24\x0c"       // mov 12(%esp),%ebx: argv[2]
    "\x31\xc9\x31\xd2"       // xor %ecx,%ecx; xor %edx,%edx: O_RDONLY
    "\x6a\x05\x58\xcd\x80"   // push $5; pop %eax; int $0x80: open
    "\xc1\xe8\x1f\x93"       // shr $31,%eax; xchg %eax,%ebx: the sign of the result
    "\x6a\x01\x58\xcd\x80";  // push $1; pop %eax; int $0x80: exit

TEST_F(AccessesInTheKernel, ProgramsOf32BitsAreSeenToo) {
  const std::string mail = make_file("vmail/example.org/alice/1"), program = path("small");
  make_program_of_32_bits(program, kOpenIn32Bits);
  watch();
  // The first one may be over before its system calls are watched; by the next drain they are.
  if (try_to_act(program, {mail}) != 0) GTEST_SKIP() << "this kernel runs no 32-bit programs";
  (void)findings();
  act(program, {mail});
  EXPECT_EQ(finding().access.path, mail);
}

}  // namespace
}  // namespace purposewatch::testing

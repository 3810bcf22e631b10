// Another policy: in force all at once, and nothing lost on the way.
#include <algorithm>
#include <fstream>

#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using ReloadInTheKernel = KernelTest;

TEST_F(ReloadInTheKernel, NewRulesHoldForProcessesThatRunAlready) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string pop3 = copy_of_actor("pop3");
  copy_of_actor("imap");
  watch();
  const auto process = start(pop3, {"wait", "read", mail, "wait", "read", mail});
  process->go_on();
  while (seen() == 0) agent().drain();
  EXPECT_EQ(finding().verdict.reason, Reason::kUnknownService);
  std::string policy = usual_policy();
  policy.replace(policy.find("/imap\"]}"), 8, "/imap\", \"" + pop3 + "\"]}");
  ASSERT_TRUE(reload(policy));
  process->go_on();
  EXPECT_EQ(process->finish(), 0);
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

// The kernel describes a process once for all that it does within some seconds.
TEST_F(ReloadInTheKernel, WhoActsIsKnownHoweverOftenItIsReloaded) {
  const std::string first = make_file("vmail/example.org/alice/1"),
                    second = make_file("vmail/example.org/alice/2");
  const std::string stranger = copy_of_actor("stranger");
  watch();
  const auto process = start(stranger, {"read", first, "wait", "read", second});
  await(1);
  EXPECT_EQ(finding().subject->executable, stranger);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(reload(usual_policy()));
    agent().tick();
  }
  process->go_on();
  EXPECT_EQ(process->finish(), 0);
  EXPECT_EQ(finding().subject->executable, stranger);
}

TEST_F(ReloadInTheKernel, UnderLoadEveryAccessIsCountedOnceByOneOfTheTwoPolicies) {
  const std::string mail = make_file("vmail/example.org/alice/1");
  const std::string imap = copy_of_actor("imap");
  watch();
  std::string without_permit = usual_policy();
  without_permit.replace(without_permit.find("access: [read, list]"), 20, "access: [list]");
  constexpr std::uint64_t kReads = 3000;
  std::vector<std::string> words;
  for (std::uint64_t i = 0; i < kReads; ++i) {
    words.emplace_back("read");
    words.push_back(mail);
  }
  const auto reader = start(imap, words);
  for (int round = 0; round < 10; ++round)
    ASSERT_TRUE(reload(round % 2 == 0 ? without_permit : usual_policy()));
  EXPECT_EQ(reader->finish(), 0);
  std::uint64_t flagged = 0;
  for (const Finding& finding : findings()) flagged += finding.count;
  EXPECT_EQ(permitted("imap", "read") + flagged + lost(), kReads);
}

TEST_F(ReloadInTheKernel, EveryHookHasFiredWhenTheAgentSaysItIsReady) {
  watch();
  await_canary();
  const Health health = agent().health();
  EXPECT_TRUE(health.ready) << health.not_ready_reason;
  // The others fire when somebody mounts, traces or dumps a core, which no agent does for its readiness'
  // sake; or they are for 32-bit programs.
  std::size_t provoked = 0;
  for (const HookStatus& hook : agent().sensor().hooks()) {
    if (!hook.can_be_provoked) continue;
    const auto told = std::ranges::find(health.hooks, hook.hook, &HookHealth::hook);
    ASSERT_NE(told, health.hooks.end()) << hook.hook;
    EXPECT_GT(told->fired_timestamp, 0) << hook.hook;
    ++provoked;
  }
  EXPECT_GT(provoked, 5U);
}

}  // namespace
}  // namespace purposewatch::testing

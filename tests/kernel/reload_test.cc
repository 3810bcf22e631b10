// Another policy: in force all at once, and nothing lost on the way.
#include <algorithm>

#include "agent/flow/provoke_hooks.h"
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
  provoke_hooks(make_directory("elsewhere"));
  const Health health = agent().health();
  EXPECT_TRUE(health.ready) << health.not_ready_reason;
  // With the calls' own tracepoints, these are attached as soon as anybody runs a 32-bit program, for those
  // alone.
  const bool traces_calls =
      std::ranges::any_of(health.hooks, [](const HookHealth& hook) { return hook.hook == "open_call"; });
  for (const HookHealth& hook : health.hooks) {
    if (traces_calls && (hook.hook == "any_call" || hook.hook == "sys_exit")) continue;
    EXPECT_GT(hook.fired_timestamp, 0) << hook.hook;
  }
}

}  // namespace
}  // namespace purposewatch::testing

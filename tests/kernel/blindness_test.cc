// Hooks that are attached and not called: noticed, told, and others stand in for them.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "tests/kernel/blind_hooks.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

class BlindnessInTheKernel : public MailTest {
 protected:
  void SetUp() override {
    MailTest::SetUp();
    watch();
  }

  void need_hooks_that_go_blind() {
    if (backend_is(Backend::kSyscalls)) GTEST_SKIP() << "the hooks of this way in do not go blind so";
  }

  static std::string seeing_by() { return agent().health().backend; }

  static void await_seeing_by(Backend backend) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (seeing_by() != name_of(backend)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it does not see by " << name_of(backend);
      agent().drain();
      agent().watch_sight();
      std::this_thread::yield();
    }
  }

  static const HookHealth* hook(const Health& health, const std::string& name) {
    const auto found = std::ranges::find(health.hooks, name, &HookHealth::hook);
    return found == health.hooks.end() ? nullptr : &*found;
  }

  std::vector<TamperEvent> silences() {
    std::vector<TamperEvent> all = tampering();
    std::erase_if(all, [](const TamperEvent& event) { return event.what != Tampering::kHooksSilent; });
    return all;
  }
};

// One test, since the programs that stand in take an emulated machine as long to verify as those of the
// sensor.
TEST_F(BlindnessInTheKernel, ProgramsAtSystemCallsStandInAsLongAsTheHooksAreSilent) {
  need_hooks_that_go_blind();
  if (IsSkipped()) return;
  const Backend own = agent().sensor().backend();
  const auto blind = std::make_unique<BlindHooks>();
  await_seeing_by(Backend::kSyscalls);
  const std::vector<TamperEvent> begun = silences();
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].detail, "kernel.ftrace_enabled is 0");
  EXPECT_EQ(begun[0].until_wall_ns, 0);
  Health health = agent().health();
  ASSERT_NE(hook(health, "file_open"), nullptr);
  EXPECT_FALSE(hook(health, "file_open")->up);
  EXPECT_NE(hook(health, "file_open")->why.find("not called"), std::string::npos);
  ASSERT_NE(hook(health, "sys_exit") != nullptr ? hook(health, "sys_exit") : hook(health, "open_call"),
            nullptr);
  act({"read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.access.path, mail_);
  EXPECT_EQ(told.verdict.reason, Reason::kUnknownService);
  EXPECT_EQ(told.backend, "syscalls");
  act(imap_, {"read", mail_});
  EXPECT_EQ(findings().size(), 0U);
  EXPECT_EQ(permitted("imap", "read"), 1U);
  await_canary();
  health = agent().health();
  EXPECT_TRUE(health.ready) << health.not_ready_reason;
  std::make_unique<BlindHooks>().reset();  // which sets it to 1 again
  await_seeing_by(own);
  const std::vector<TamperEvent> ended = silences();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].wall_ns, begun[0].wall_ns);
  EXPECT_GT(ended[0].until_wall_ns, ended[0].wall_ns);
  EXPECT_TRUE(hook(agent().health(), "file_open")->up);
  act({"read", mail_});
  const Finding again = finding();
  EXPECT_EQ(again.backend, name_of(own));
  EXPECT_EQ(again.count, 1U);
}

TEST_F(BlindnessInTheKernel, WhoeverReachesForTheSwitchIsTold) {
  if (access(BlindHooks::kSwitch, W_OK) != 0) GTEST_SKIP() << "not in this kernel: " << BlindHooks::kSwitch;
  act({"read", BlindHooks::kSwitch});
  EXPECT_TRUE(tampering().empty());
  (void)try_to_act(actor(), {"append", BlindHooks::kSwitch});  // which the kernel refuses, after it is open
  const std::vector<TamperEvent> told = tampering();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].what, Tampering::kSetting);
  EXPECT_EQ(told[0].detail, "kernel.ftrace_enabled");
  ASSERT_NE(told[0].by, nullptr);
  EXPECT_EQ(told[0].by->executable, actor());
}

TEST_F(BlindnessInTheKernel, TheCanaryComesBackFromEveryWayToAStore) {
  await_canary();
  const Health health = agent().health();
  EXPECT_TRUE(health.ready) << health.not_ready_reason;
  std::uint64_t arrivals = 0;
  for (const std::uint64_t count : health.canary_seconds.counts) arrivals += count;
  EXPECT_GE(arrivals, 5U);
  EXPECT_GT(health.canary_seconds.sum, 0);
  EXPECT_EQ(findings().size(), 0U) << "the decoy is no store of the policy";
  EXPECT_TRUE(tampering().empty());
}

}  // namespace
}  // namespace purposewatch::testing

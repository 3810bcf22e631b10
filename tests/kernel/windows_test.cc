// Permits that hold at some hours, opened and closed by the kernel, on time, whatever the agent does
// meanwhile; and up to some limit, of which the kernel leaves each access to the agent.
#include <time.h>

#include <chrono>

#include "agent/flow/event_loop.h"
#include "agent/kernel/clock.h"
#include "rules/language/policy.h"
#include "tests/kernel/stage.h"

namespace purposewatch::testing {
namespace {

using std::chrono::seconds;

class WindowsInTheKernel : public MailTest {
 protected:
  void SetUp() override { MailTest::SetUp(); }

  // The usual policy, but imap's permit holds from one time to another only: that long from now.
  void watch_with_window(seconds from, seconds to) {
    watch();
    std::string text = usual_policy();
    const std::string purpose = "access: [read, list]";
    text.replace(text.find(purpose), purpose.size(), purpose + ", window: \"00:00-24:00 UTC\"");
    const LoadedPolicy loaded = check_policy({{"policy.yaml", text}});
    ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
    auto rules = std::make_shared<RuleSet>(*loaded.rules);
    const auto of_day = [](std::int64_t second) { return seconds((second + 86400) % 86400); };
    now_ = clock_ns(CLOCK_REALTIME) / 1'000'000'000;
    for (Permit& permit : rules->permits)
      for (Window& window : permit.windows) {
        window.opens = of_day((now_ + from.count()) % 86400);
        window.closes = of_day((now_ + to.count()) % 86400);
      }
    ASSERT_TRUE(agent().reload(std::move(rules)));
  }

  // Until so long after watch_with_window, by the clock that windows go by.
  void wait_until(seconds later) const {
    const timespec then{.tv_sec = now_ + later.count(), .tv_nsec = 0};
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &then, nullptr) != 0) {
    }
  }

  std::int64_t now_ = 0;  // seconds since the epoch
};

TEST_F(WindowsInTheKernel, OpenArePermittedThere) {
  watch_with_window(seconds(-3600), seconds(3600));
  act(imap_, {"read", mail_, "read", mail_});
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 2U);
  EXPECT_EQ(seen(), 0U) << "the kernel need not have asked";
}

TEST_F(WindowsInTheKernel, ClosedAreNot) {
  watch_with_window(seconds(3600), seconds(7200));
  act(imap_, {"read", mail_});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kOutsideWindow);
  EXPECT_EQ(told.verdict.service, "imap");
  EXPECT_EQ(permitted("imap", "read"), 0U);
}

// One process, whose permission the kernel might have remembered; nothing is put in force meanwhile.
TEST_F(WindowsInTheKernel, OpenAndCloseOnTime) {
  // Time enough for what comes before each.
  const seconds opens{is_emulated() ? 5 : 2}, closes{is_emulated() ? 12 : 5};
  watch_with_window(opens, closes);
  const auto reader = start(imap_, {"read", mail_, "mkdir", path("1"), "wait", "read", mail_, "mkdir",
                                    path("2"), "wait", "read", mail_});
  await_file(path("1"));
  EXPECT_EQ(finding().verdict.reason, Reason::kOutsideWindow);
  const std::uint64_t seen_before = seen();
  wait_until(opens + seconds(1));  // the kernel knows whole seconds
  reader->go_on();
  await_file(path("2"));
  EXPECT_TRUE(findings().empty());
  EXPECT_EQ(permitted("imap", "read"), 1U);
  EXPECT_EQ(seen(), seen_before) << "the kernel need not have asked";
  wait_until(closes);
  reader->go_on();
  EXPECT_EQ(reader->finish(), 0);
  EXPECT_EQ(finding().verdict.reason, Reason::kOutsideWindow);
  EXPECT_EQ(permitted("imap", "read"), 1U);
}

TEST_F(WindowsInTheKernel, LimitsHoldForAllThatIsDoneUnderThem) {
  const std::string bobs = make_file("vmail/example.org/bob/1"),
                    carols = make_file("vmail/example.org/carol/1");
  std::string text = usual_policy();
  const std::string kinds = "access: [read, list]";
  text.replace(text.find(kinds), kinds.size(), kinds + ", limit: {clients: 2, per: 1h}");
  watch(text);
  act(imap_, {"read", mail_, "read", bobs, "read", mail_, "read", carols, "read", bobs});
  const Finding told = finding();
  EXPECT_EQ(told.verdict.reason, Reason::kOverLimit);
  EXPECT_EQ(told.verdict.client, "carol");
  EXPECT_EQ(told.verdict.service, "imap");
  EXPECT_EQ(permitted("imap", "read"), 4U);
}

// The clock is the machine's: only one that is the tests' own is set, and set back.
TEST_F(WindowsInTheKernel, FollowTheClockWhenItIsSet) {
  if (!is_emulated()) GTEST_SKIP() << "the clock of this machine is not the test's to set";
  watch_with_window(seconds(-3600), seconds(3600));
  auto loop = EventLoop::create();
  ASSERT_TRUE(loop);
  ASSERT_TRUE(agent().join(*loop));
  const auto set_clock = [&](std::int64_t by) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += by;
    ASSERT_EQ(clock_settime(CLOCK_REALTIME, &now), 0);
    loop->run_once(std::chrono::milliseconds(100));
  };
  act(imap_, {"read", mail_});
  EXPECT_TRUE(findings().empty());
  set_clock(7200);
  act(imap_, {"read", mail_});
  const auto told = findings();
  set_clock(-7200);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].verdict.reason, Reason::kOutsideWindow);
  act(imap_, {"read", mail_});
  EXPECT_TRUE(findings().empty());
}

}  // namespace
}  // namespace purposewatch::testing

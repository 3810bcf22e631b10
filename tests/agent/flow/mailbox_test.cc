#include "agent/flow/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

namespace purposewatch {
namespace {

bool has_work(const Mailbox& mailbox, int timeout_ms) {
  pollfd wanted{mailbox.descriptor(), POLLIN, 0};
  return poll(&wanted, 1, timeout_ms) == 1;
}

TEST(Mailbox, RunsWorkOnTheLoopsThreadAndAnswersTheCaller) {
  Mailbox mailbox;
  std::thread::id ran_on;
  Result<void> good, bad;
  std::thread caller([&] {
    good = mailbox.call([&]() -> Result<void> {
      ran_on = std::this_thread::get_id();
      return {};
    });
    bad = mailbox.call([]() -> Result<void> { return fail("the policy is bad"); });
  });
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(has_work(mailbox, 10'000));
    mailbox.run();
  }
  caller.join();
  EXPECT_TRUE(good);
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message, "the policy is bad");
  EXPECT_FALSE(has_work(mailbox, 0));
}

TEST(Mailbox, WithNothingInItRunsNothing) {
  Mailbox mailbox;
  EXPECT_FALSE(has_work(mailbox, 0));
  mailbox.run();
}

TEST(Mailbox, ClosedWakesWhoeverWaits) {
  Mailbox mailbox;
  bool was_run = false;
  Result<void> answer;
  std::thread caller([&] {
    answer = mailbox.call([&]() -> Result<void> {
      was_run = true;
      return {};
    });
  });
  ASSERT_TRUE(has_work(mailbox, 10'000));
  mailbox.close();
  caller.join();
  EXPECT_FALSE(answer);
  EXPECT_FALSE(was_run);
  mailbox.run();
  EXPECT_FALSE(was_run);
}

TEST(Mailbox, ClosedTakesNoMoreWork) {
  Mailbox mailbox;
  mailbox.close();
  const auto answer = mailbox.call([]() -> Result<void> { return {}; });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "the agent is ending");
}

TEST(Mailbox, ServesManyCallersAtOnce) {
  Mailbox mailbox;
  std::atomic<int> answered = 0;
  int ran = 0;  // only the loop's thread touches it
  std::vector<std::thread> callers;
  constexpr int kCallers = 8, kEach = 50;
  for (int i = 0; i < kCallers; ++i)
    callers.emplace_back([&] {
      for (int j = 0; j < kEach; ++j)
        if (mailbox.call([&]() -> Result<void> {
              ++ran;
              return {};
            }))
          ++answered;
    });
  while (ran < kCallers * kEach) {
    ASSERT_TRUE(has_work(mailbox, 10'000));
    mailbox.run();
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, kCallers * kEach);
}

}  // namespace
}  // namespace purposewatch

#include "agent/flow/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

namespace purposewatch {
namespace {

using std::chrono::milliseconds;

EventLoop loop() {
  auto created = EventLoop::create();
  if (!created) ADD_FAILURE() << created.error().message;
  return std::move(*created);
}

Descriptor readable() {
  return Descriptor(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
}
Descriptor quiet() {
  return Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

TEST(EventLoop, RunsTheActionOfWhatIsReady) {
  EventLoop events = loop();
  const Descriptor ready = readable(), waiting = quiet();
  int ran = 0;
  std::uint32_t told = 0;
  ASSERT_TRUE(events.add(ready.get(), EPOLLIN, [&](std::uint32_t what) {
    ++ran;
    told = what;
  }));
  ASSERT_TRUE(events.add(waiting.get(), EPOLLIN, [](std::uint32_t) { ADD_FAILURE() << "was not ready"; }));
  EXPECT_TRUE(events.run_once(milliseconds(1000)));
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(told, static_cast<std::uint32_t>(EPOLLIN));
}

TEST(EventLoop, ComesBackWhenNothingHappens) {
  EventLoop events = loop();
  EXPECT_FALSE(events.run_once(milliseconds(0)));
  EXPECT_FALSE(events.run_once(milliseconds(1)));
}

TEST(EventLoop, RefusesWhatCannotBeWatched) {
  EventLoop events = loop();
  EXPECT_FALSE(events.add(-1, EPOLLIN, [](std::uint32_t) {}));
  const Descriptor file(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(events.add(file.get(), EPOLLIN, [](std::uint32_t) {}));
  const Descriptor once = quiet();
  EXPECT_TRUE(events.add(once.get(), EPOLLIN, [](std::uint32_t) {}));
  EXPECT_FALSE(events.add(once.get(), EPOLLIN, [](std::uint32_t) {}));
}

TEST(EventLoop, AskedForAnotherEventWaitsForThatOne) {
  EventLoop events = loop();
  const Descriptor ready = readable();
  std::uint32_t told = 0;
  ASSERT_TRUE(events.add(ready.get(), EPOLLIN, [&](std::uint32_t what) { told = what; }));
  events.change(ready.get(), EPOLLOUT);
  EXPECT_TRUE(events.run_once(milliseconds(1000)));
  EXPECT_EQ(told, static_cast<std::uint32_t>(EPOLLOUT));
}

TEST(EventLoop, LetsAnActionRemoveItself) {
  EventLoop events = loop();
  const Descriptor ready = readable();
  std::string kept = "what the action holds lives until it returns";
  ASSERT_TRUE(events.add(ready.get(), EPOLLIN, [&events, &ready, kept](std::uint32_t) {
    events.remove(ready.get());
    EXPECT_EQ(kept.front(), 'w');
  }));
  EXPECT_TRUE(events.run_once(milliseconds(1000)));
  EXPECT_FALSE(events.run_once(milliseconds(0)));
}

TEST(EventLoop, DoesNotRunWhatAnEarlierActionOfTheRoundRemoved) {
  EventLoop events = loop();
  const Descriptor one = readable(), two = readable();
  int ran = 0;
  const auto remove_both = [&](std::uint32_t) {
    ++ran;
    events.remove(one.get());
    events.remove(two.get());
  };
  ASSERT_TRUE(events.add(one.get(), EPOLLIN, remove_both));
  ASSERT_TRUE(events.add(two.get(), EPOLLIN, remove_both));
  EXPECT_TRUE(events.run_once(milliseconds(1000)));
  EXPECT_EQ(ran, 1);
}

// A connection that is closed gives its number to the next one that is accepted.
TEST(EventLoop, DoesNotTakeAReusedNumberForTheDescriptorThatHadItBefore) {
  EventLoop events = loop();
  Descriptor one = readable(), two = readable();
  int ran = 0;
  const auto replace_other = [&](Descriptor& other) {
    return [&](std::uint32_t) {
      ++ran;
      const int number = other.get();
      events.remove(number);
      other = Descriptor();
      other = quiet();
      ASSERT_EQ(other.get(), number) << "the kernel gives the lowest free number";
      ASSERT_TRUE(events.add(number, EPOLLIN, [](std::uint32_t) { ADD_FAILURE() << "was not ready"; }));
    };
  };
  ASSERT_TRUE(events.add(one.get(), EPOLLIN, replace_other(two)));
  ASSERT_TRUE(events.add(two.get(), EPOLLIN, replace_other(one)));
  EXPECT_TRUE(events.run_once(milliseconds(1000)));
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace purposewatch

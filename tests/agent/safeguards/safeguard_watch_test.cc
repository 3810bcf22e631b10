#include "agent/safeguards/safeguard_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <condition_variable>
#include <future>
#include <map>

#include "rules/safeguards.h"
#include "tests/agent/safeguards/fake_host.h"

namespace purposewatch {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr seconds kAtMost{30};  // something is waited for that comes at once

constexpr const char* kWatchPolicy = "safeguards: {secure-boot: {}, store-space: {}, raid-healthy: {}}\n";

// A look at the host by a file in the fake tree: its text is the state.
SafeguardResult state_in(const HostView& host, const std::string& file) {
  std::ifstream input(host.path(file));
  std::string state, why;
  input >> state;
  std::getline(input, why);
  if (state == "ok") return is_ok(why);
  if (state == "violated") return is_violated(why, "mend it");
  return is_unknown("no " + file, "make it");
}

SafeguardResult by_clock(const Safeguard&, const HostView& host) {
  return state_in(host, "/by-clock");
}
SafeguardResult by_store(const Safeguard&, const HostView& host) {
  return state_in(host, "/store/state");
}
SafeguardResult by_agent(const Safeguard&, const HostView& host) {
  return host.agent.sees_everything ? is_ok("") : is_violated(host.agent.why_not, "look");
}

constexpr HostChanges kOfStores = mask_of(HostChange::kStores), kOfAgent = mask_of(HostChange::kAgent);
const SafeguardEntry kClock[] = {{"secure-boot", by_clock, hours(1)}};
const SafeguardEntry kStore[] = {{"store-space", by_store, hours(1), kOfStores}};
const SafeguardEntry kAgent[] = {{"raid-healthy", by_agent, hours(1), kOfAgent}};

class SafeguardWatchTest : public testing::Test {
 protected:
  SafeguardWatchTest() { host_.directory("/store"); }
  ~SafeguardWatchTest() override { watch_.reset(); }

  void start(std::span<const SafeguardEntry> entries, milliseconds deadline = kAtMost) {
    SafeguardWatch::Surroundings around;
    around.root = host_.view.root;
    around.calls = host_.view.calls;
    around.wall_ns = [] { return std::int64_t{1'800'000'000'000'000'000}; };
    around.tell = [this](const SafeguardStatus& status) {
      const std::lock_guard lock(mutex_);
      told_.push_back(std::string(name_of(status.result.state)) + status.result.why);
      came_.notify_all();
    };
    around.deadline = deadline;
    around.entries = entries;
    watch_ = std::make_unique<SafeguardWatch>(std::move(around));
    watch_->use(host_.view.rules);
    watch_->start();
  }

  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, kAtMost, [&] { return told_.size() >= count; })) << told_.size();
    return told_;
  }

  void wait_for_last(const std::string& text) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, kAtMost, [&] { return !told_.empty() && told_.back() == text; }))
        << text;
  }

  FakeHost host_{"a: {class: mail, paths: /store}", kWatchPolicy};
  std::unique_ptr<SafeguardWatch> watch_;

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> told_;
};

TEST(AllSafeguards, AreThoseOfTheLanguageInItsOrder) {
  std::vector<std::string_view> checked, promised;
  for (const SafeguardEntry& entry : all_safeguards()) checked.push_back(entry.name);
  for (const SafeguardSort& sort : safeguard_sorts()) promised.push_back(sort.name);
  EXPECT_EQ(checked, promised);
}

TEST_F(SafeguardWatchTest, TellsOnceHowItIs) {
  host_.file("/by-clock", "ok well\n");
  start(kClock);
  EXPECT_THAT(wait_for(1), ElementsAre("ok well"));
  const std::vector<SafeguardStatus> statuses = watch_->statuses();
  ASSERT_EQ(statuses.size(), 1U) << "the others have no check here";
  EXPECT_EQ(statuses[0].name, "secure-boot");
  EXPECT_EQ(statuses[0].clause, "P3");
  EXPECT_EQ(statuses[0].kind, SafeguardKind::kElectronic);
  EXPECT_EQ(statuses[0].checked_wall_ns, 1'800'000'000'000'000'000);
}

TEST_F(SafeguardWatchTest, LooksAtOnceWhenSomethingHappens) {
  host_.file("/store/state", "ok\n");
  start(kStore);
  wait_for(1);
  host_.file("/store/state", "violated a\n");
  ASSERT_EQ(chmod(host_.view.path("/store").c_str(), 0755), 0);
  EXPECT_THAT(wait_for(2), ElementsAre("ok", "violated a"));
}

TEST_F(SafeguardWatchTest, ADirectoryThatIsMadeAnewIsWatchedAgain) {
  host_.file("/store/state", "ok\n");
  start(kStore);
  wait_for(1);
  host_.remove("/store");
  host_.file("/store/state", "violated a\n");
  wait_for_last("violated a");
  host_.file("/store/state", "ok b\n");
  ASSERT_EQ(chmod(host_.view.path("/store").c_str(), 0755), 0);
  wait_for_last("ok b");
}

TEST_F(SafeguardWatchTest, WhatWasUndoneAtOnceStillShows) {
  host_.file("/store/state", "violated a\n");
  start(kStore);
  wait_for(1);
  host_.file("/store/state", "ok\n");
  ASSERT_EQ(chmod(host_.view.path("/store").c_str(), 0755), 0);
  EXPECT_THAT(wait_for(2), ElementsAre("violated a", "ok"));
  EXPECT_EQ(watch_->statuses()[0].result.state, SafeguardState::kViolated);
  EXPECT_THAT(watch_->statuses()[0].result.why, HasSubstr("no longer so"));
}

TEST_F(SafeguardWatchTest, LooksAgainWhenThePolicyOrTheAgentIsOther) {
  start(kAgent);
  EXPECT_THAT(wait_for(1), ElementsAre("violated"));
  AgentFacts facts;
  facts.why_not = "blind";
  watch_->use(facts);
  EXPECT_THAT(wait_for(2), ElementsAre("violated", "violatedblind"));
  facts.sees_everything = true;
  watch_->use(facts);
  EXPECT_THAT(wait_for(3), ElementsAre("violated", "violatedblind", "ok"));
}

std::shared_future<void> release_of_hanging;
SafeguardResult hanging(const Safeguard&, const HostView&) {
  release_of_hanging.wait();
  return is_ok("");
}

TEST_F(SafeguardWatchTest, OneThatHangsHoldsUpNoOther) {
  std::promise<void> release;
  release_of_hanging = release.get_future();
  const SafeguardEntry entries[] = {{"secure-boot", hanging, hours(1), kOfAgent},
                                    {"raid-healthy", by_agent, hours(1), kOfAgent}};
  start(entries, milliseconds(50));
  EXPECT_THAT(wait_for(2), ElementsAre("unknownit has not answered for 0.05 s", "violated"));
  AgentFacts facts;
  facts.sees_everything = true;
  watch_->use(facts);
  EXPECT_THAT(wait_for(3).back(), "ok") << "and it is not asked again while it hangs";
  release.set_value();
}

TEST_F(SafeguardWatchTest, WhatComesLateIsTakenAtTheNextLook) {
  std::promise<void> release;
  release_of_hanging = release.get_future();
  const SafeguardEntry entries[] = {{"secure-boot", hanging, std::chrono::seconds(0), kOfAgent}};
  start(entries, milliseconds(10));
  EXPECT_THAT(wait_for(1), ElementsAre("unknownit has not answered for 0.01 s"));
  release.set_value();
  EXPECT_EQ(wait_for(2)[1], "ok");
}

std::atomic<int> turn_of_flapping = 0;
SafeguardResult flapping(const Safeguard&, const HostView&) {
  return turn_of_flapping++ % 2 == 0 ? is_ok("") : is_violated("open", "close it");
}

TEST_F(SafeguardWatchTest, OneThatGoesOnAndOffFillsNoLog) {
  turn_of_flapping = 0;
  const SafeguardEntry entries[] = {{"secure-boot", flapping, seconds(0)}};
  start(entries);
  EXPECT_EQ(wait_for(6).size(), 6U);
  const int before = turn_of_flapping;
  for (const auto deadline = std::chrono::steady_clock::now() + kAtMost;
       turn_of_flapping < before + 6 && std::chrono::steady_clock::now() < deadline;)
    std::this_thread::yield();
  EXPECT_EQ(wait_for(6).size(), 6U) << "what came after is told a minute later";
}

TEST_F(SafeguardWatchTest, WorkIsDoneBetweenLooks) {
  start(kAgent);
  wait_for(1);
  std::promise<void> done;
  watch_->work([&] { done.set_value(); });
  AgentFacts facts;
  facts.sees_everything = true;
  watch_->use(facts);
  EXPECT_EQ(done.get_future().wait_for(kAtMost), std::future_status::ready);
}

TEST(PatientWorkerTest, DoesWhatComesInTimeAndLeavesTheRest) {
  PatientWorker worker;
  auto count = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(worker.run([count] { ++*count; }, kAtMost));
  EXPECT_EQ(*count, 3);
  auto release = std::make_shared<std::promise<void>>();
  EXPECT_FALSE(
      worker.run([wait = release->get_future().share(), release] { wait.wait(); }, milliseconds(10)));
  EXPECT_TRUE(worker.run([count] { ++*count; }, kAtMost)) << "by another thread";
  EXPECT_EQ(*count, 4);
  release->set_value();
}

}  // namespace
}  // namespace purposewatch

#include "agent/evidence/recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

Finding granted_read() {
  Finding finding = flagged_read();
  finding.verdict.outcome = Outcome::kGranted;
  return finding;
}

// Holds up whoever changes the disk, until it is opened.
class Gate {
 public:
  void shut() {
    const std::lock_guard lock(mutex_);
    is_shut_ = true;
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      is_shut_ = false;
    }
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !is_shut_; });
    --waiting_;
  }
  void wait_for_somebody() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_shut_ = false;
  int waiting_ = 0;
};

class RecorderTest : public testing::Test {
 protected:
  void start(std::size_t queue_bytes_max = std::size_t{1} << 20U) {
    Recorder::Settings settings;
    settings.log = small_settings();
    settings.queue_bytes_max = queue_bytes_max;
    settings.retry_interval = 1ms;
    settings.clocks = [this] { return TestClock{seconds_.fetch_add(1)}.now(); };
    recorder_ = std::make_unique<Recorder>(storage_, settings);
    recorder_->start();
  }

  void accept(const Finding& finding) {
    recorder_->accept(finding);
    recorder_->flush();
  }

  // Of a recorder that was closed.
  std::vector<ReadRecord> records(RecordKind kind) {
    const LogReport report = report_of(storage_);
    EXPECT_TRUE(report.is_sound()) << problems_of(report);
    std::vector<ReadRecord> found;
    for (ReadRecord& record : all_records(storage_))
      if (record.kind == kind) found.push_back(std::move(record));
    return found;
  }

  std::atomic<std::uint64_t> seconds_ = 100;
  MemoryStorage storage_;
  Gate gate_;
  std::unique_ptr<Recorder> recorder_;  // last: its thread uses the others
};

TEST_F(RecorderTest, WhatWasTakenIsSyncedWhenTheWaitHasEnded) {
  start();
  for (const Finding& finding : {flagged_read(), granted_read()}) {
    const std::uint64_t before = recorder_->health().records;
    accept(finding);
    EXPECT_TRUE(recorder_->wait_until_synced(30s));
    EXPECT_GT(recorder_->health().records, before);
  }
  const EvidenceHealth health = recorder_->health();
  EXPECT_TRUE(health.is_writable);
  EXPECT_EQ(health.lost, 0U);
  const auto& counts = health.sync_seconds.counts;
  EXPECT_GE(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}), 2U);
  recorder_->close();
  const auto findings = records(RecordKind::kFinding);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_THAT(findings[0].open, testing::Not(testing::HasSubstr("bob")));
  json whole = json::parse(findings[0].open);
  whole.merge_patch(json::parse(findings[0].personal));
  EXPECT_EQ(whole["purposewatch"]["client"], "bob");
  EXPECT_EQ(whole["event"]["kind"], "alert");
}

TEST_F(RecorderTest, SyncsWhatIsNotUrgentWithoutBeingAskedTo) {
  start();
  const std::uint64_t before = recorder_->health().records;
  accept(granted_read());
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (recorder_->health().records == before && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_GT(recorder_->health().records, before);
}

TEST_F(RecorderTest, WhatWasTakenBeforeItBeganIsRecordedToo) {
  Recorder::Settings settings;
  settings.log = small_settings();
  settings.clocks = [] { return TestClock{}.now(); };
  Recorder recorder(storage_, settings);
  recorder.accept(flagged_read());
  recorder.start();
  EXPECT_TRUE(recorder.wait_until_synced(30s));
  recorder.close();
  EXPECT_EQ(records(RecordKind::kFinding).size(), 1U);
}

TEST_F(RecorderTest, ADiskThatHangsHoldsUpNobodyAndWhatDoesNotFitIsStated) {
  constexpr std::size_t kQueueBytes = std::size_t{64} << 10U;
  storage_.before = [this](auto, auto&) -> Result<void> {
    gate_.pass();
    return {};
  };
  start(kQueueBytes);
  EXPECT_TRUE(recorder_->wait_until_synced(30s));
  gate_.shut();
  accept(flagged_read());
  gate_.wait_for_somebody();
  const auto lost = [&] { return recorder_->health().lost; };
  std::uint64_t granted = 0, flagged = 0;
  for (; lost() == 0; ++granted) accept(granted_read());
  EXPECT_GT(granted, 5U);
  for (; lost() == 1; ++flagged) accept(flagged_read());
  EXPECT_GT(flagged, 5U) << "granted ones have left no room for the others";
  EXPECT_FALSE(recorder_->wait_until_synced(1ms));
  gate_.open();
  EXPECT_TRUE(recorder_->wait_until_synced(30s));
  recorder_->close();
  EXPECT_EQ(lost(), 2U);
  EXPECT_EQ(records(RecordKind::kFinding).size(), 1 + granted + flagged - 2);
  std::uint64_t stated_granted = 0, stated_flagged = 0;
  for (const ReadRecord& gap : records(RecordKind::kGap)) {
    const json lost_of = json::parse(gap.open).value("lost", json::object());
    stated_granted += lost_of.value("granted", 0U);
    stated_flagged += lost_of.value("flagged", 0U);
  }
  EXPECT_EQ(stated_granted, 1U);
  EXPECT_EQ(stated_flagged, 1U);
}

TEST_F(RecorderTest, ADiskThatTakesNothingIsTold) {
  storage_.before = [this](auto, auto&) -> Result<void> {
    gate_.pass();
    return {};
  };
  start();
  EXPECT_TRUE(recorder_->wait_until_synced(30s));
  gate_.shut();
  accept(flagged_read());
  gate_.wait_for_somebody();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (recorder_->health().is_writable && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_FALSE(recorder_->health().is_writable);
  gate_.open();
  EXPECT_TRUE(recorder_->wait_until_synced(30s));
  EXPECT_TRUE(recorder_->health().is_writable);
}

TEST_F(RecorderTest, ALogThatCannotBeOpenedIsTriedAgainAndNothingIsLost) {
  std::atomic<bool> is_broken = true;
  storage_.before = [&](auto, auto&) -> Result<void> {
    if (is_broken) return fail("Input/output error");
    return {};
  };
  start();
  EXPECT_FALSE(recorder_->health().is_writable);
  accept(flagged_read());
  EXPECT_FALSE(recorder_->wait_until_synced(30s));  // at once
  is_broken = false;
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!recorder_->health().is_writable && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_TRUE(recorder_->wait_until_synced(30s));
  recorder_->close();
  EXPECT_EQ(records(RecordKind::kFinding).size(), 1U);
  EXPECT_EQ(recorder_->health().lost, 0U);
}

TEST_F(RecorderTest, IsDoneWithALogThatNeverOpened) {
  storage_.before = [](auto, auto&) -> Result<void> { return fail("Input/output error"); };
  start();
  accept(flagged_read());
  recorder_->close();
  EXPECT_FALSE(recorder_->health().is_writable);
}

TEST_F(RecorderTest, AGrantIsRecordedWithWhomItIsAbout) {
  GrantEvent event;
  event.grant.store = "client-mail";
  event.grant.clients = {"bob"};
  event.wall_ns = 5;
  start();
  recorder_->note(event);
  recorder_->flush();
  EXPECT_TRUE(recorder_->wait_until_synced(30s));
  recorder_->close();
  const auto grants = records(RecordKind::kGrant);
  ASSERT_EQ(grants.size(), 1U);
  EXPECT_THAT(grants[0].open, testing::HasSubstr("client-mail"));
  EXPECT_THAT(grants[0].open, testing::Not(testing::HasSubstr("bob")));
  EXPECT_EQ(json::parse(grants[0].personal)["purposewatch"]["clients"], json::array({"bob"}));
}

}  // namespace
}  // namespace purposewatch

// The writer on a disk that fills up, and on one whose files somebody removes.
#include <nlohmann/json.hpp>

#include "tests/exporters/evidence/log_fixture.h"

namespace purposewatch {
namespace {

using nlohmann::json;

class LogWriterTest : public testing::Test {
 protected:
  void open() {
    auto opened = LogWriter::open(storage_, settings_, clock_.now());
    ASSERT_TRUE(opened) << opened.error().message;
    writer_ = std::move(*opened);
  }

  bool commit(const std::string& open, LogWriter::Sync sync = LogWriter::Sync::kNow) {
    ++clock_.seconds;
    return writer_->commit(std::vector{draft_of(open)}, sync, clock_.now());
  }

  std::vector<json> records_of(RecordKind kind) {
    std::vector<json> found;
    for (const ReadRecord& record : all_records(storage_))
      if (record.kind == kind) found.push_back(json::parse(record.open));
    return found;
  }

  LogSettings settings_ = small_settings();
  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(LogWriterTest, SignsEverySecondInWhichSomethingWasWrittenAndNoOther) {
  open();
  for (int i = 0; i < 5; ++i) commit("{}");
  for (int i = 0; i < 5; ++i) {
    ++clock_.seconds;
    EXPECT_TRUE(writer_->commit({}, LogWriter::Sync::kNow, clock_.now()));
  }
  const LogReport report = report_of(storage_);
  EXPECT_TRUE(report.is_sound()) << problems_of(report);
  EXPECT_EQ(report.checkpoints, 5U);
  EXPECT_EQ(report.signed_up_to, report.last);
  EXPECT_EQ(report.host_id, "test-host");
}

TEST_F(LogWriterTest, SignsInTheNextSecondWhatCameTooSoonAfterTheLastTime) {
  open();
  commit("{}");
  writer_->commit(std::vector{draft_of("{}")}, LogWriter::Sync::kNow, clock_.now());
  EXPECT_LT(report_of(storage_).signed_up_to, report_of(storage_).last);
  ++clock_.seconds;
  writer_->commit({}, LogWriter::Sync::kNow, clock_.now());
  EXPECT_EQ(report_of(storage_).signed_up_to, report_of(storage_).last);
}

TEST_F(LogWriterTest, AKeySignsForAMinuteAtMost) {
  open();
  for (int i = 0; i < 600; ++i) commit("{}");
  const LogReport report = report_of(storage_);
  EXPECT_TRUE(report.is_sound());
  EXPECT_GE(report.keys, 11U);
  EXPECT_LE(report.keys, 14U);
}

TEST_F(LogWriterTest, TakesUpTheLogOfAnEarlierRun) {
  for (int run = 0; run < 4; ++run) {
    open();
    commit(R"({"run":)" + std::to_string(run) + "}");
    writer_->close(clock_.now());
  }
  const LogReport report = report_of(storage_);
  EXPECT_TRUE(report.is_sound()) << problems_of(report);
  EXPECT_EQ(report.segments, 4U);
  EXPECT_EQ(records_of(RecordKind::kFinding).size(), 4U);
  EXPECT_TRUE(report.remarks.empty());
}

TEST_F(LogWriterTest, OnAFullDiskSaysSoCountsWhatIsLostAndGoesOnWhenThereIsRoom) {
  storage_.capacity = 300'000;
  open();
  int written = 0;
  while (!writer_->is_full() && written < 10'000) {
    commit(R"({"n":1,"fill":")" + std::string(500, 'x') + R"("})");
    ++written;
  }
  ASSERT_TRUE(writer_->is_full());
  EXPECT_EQ(writer_->lost(), 1U);  // the one that did not fit any more
  EXPECT_EQ(records_of(RecordKind::kSpace).back()["stage"], "full");
  for (int i = 0; i < 3'000; ++i) EXPECT_TRUE(commit(R"({"n":2})")) << writer_->trouble();
  const std::uint64_t lost = writer_->lost();
  EXPECT_EQ(lost, 3'001U);
  EXPECT_LE(storage_.capacity, 300'000U);

  storage_.capacity = 10'000'000;
  EXPECT_TRUE(commit(R"({"n":3})"));
  EXPECT_FALSE(writer_->is_full());
  EXPECT_EQ(records_of(RecordKind::kSpace).back()["stage"], "recovered");
  std::uint64_t stated = 0;
  for (const json& gap : records_of(RecordKind::kGap)) stated += gap["lost"]["flagged"].get<std::uint64_t>();
  EXPECT_EQ(stated, lost);
  const auto findings = records_of(RecordKind::kFinding);
  EXPECT_EQ(findings.back()["n"], 3);
  EXPECT_EQ(findings.size(), static_cast<std::size_t>(written));  // one was lost, one is new
  const LogReport report = report_of(storage_);
  EXPECT_TRUE(report.is_sound()) << problems_of(report);
}

TEST_F(LogWriterTest, KilledWhileTheDiskIsFullHasStatedWhatWasLostUntilThen) {
  storage_.capacity = 200'000;
  open();
  while (!writer_->is_full()) commit(R"({"fill":")" + std::string(900, 'x') + R"("})");
  for (int i = 0; i < 100; ++i) commit("{}");
  std::uint64_t stated = 0;
  for (const json& gap : records_of(RecordKind::kGap)) stated += gap["lost"]["flagged"].get<std::uint64_t>();
  EXPECT_GE(stated, 50U);
}

TEST_F(LogWriterTest, WhatDoesNotFitIntoMemoryWhileTheDiskFailsIsCountedAndStated) {
  settings_.unsynced_bytes_max = 20'000;
  open();
  storage_.before = [](std::size_t, const std::string&) -> Result<void> {
    return fail("input/output error");
  };
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(commit(R"({"n":1})"));
  EXPECT_EQ(writer_->trouble(), "input/output error");
  const std::uint64_t lost = writer_->lost();
  EXPECT_GT(lost, 350U);
  storage_.before = nullptr;
  EXPECT_TRUE(commit(R"({"n":2})"));
  EXPECT_TRUE(commit(R"({"n":3})"));
  EXPECT_EQ(writer_->trouble(), "");
  std::uint64_t stated = 0;
  for (const json& gap : records_of(RecordKind::kGap))
    if (gap.contains("lost")) stated += gap["lost"]["flagged"].get<std::uint64_t>();
  EXPECT_EQ(stated, writer_->lost());
  EXPECT_EQ(records_of(RecordKind::kFinding).size() + writer_->lost(), 502U);
  EXPECT_TRUE(report_of(storage_).is_sound()) << problems_of(report_of(storage_));
}

TEST_F(LogWriterTest, ASegmentThatIsRemovedUnderItIsMissedAtOnceAndNoNumberIsUsedAgain) {
  open();
  for (int i = 0; i < 10; ++i) commit(R"({"n":1})");
  const LogHead before = writer_->synced();
  ASSERT_EQ(storage_.names.erase(segment_name(1)), 1U);
  EXPECT_TRUE(commit(R"({"n":2})"));
  EXPECT_EQ(records_of(RecordKind::kGap).at(0)["segments"], json::array({segment_name(1)}));
  EXPECT_EQ(all_records(storage_).front().sequence, before.records + 1);
  const LogReport report = report_of(storage_);
  EXPECT_EQ(report.problem_count, 1U);
  EXPECT_EQ(report.problems.at(0).what, "records 1 to " + std::to_string(before.records) + " are missing");
}

TEST_F(LogWriterTest, AnEarlierSegmentThatIsRemovedIsMissedWithinASecond) {
  open();
  commit(R"({"n":1})");
  writer_->close(clock_.now());
  open();
  commit(R"({"n":2})");
  ASSERT_EQ(storage_.names.erase(segment_name(1)), 1U);
  ++clock_.seconds;
  EXPECT_TRUE(writer_->commit({}, LogWriter::Sync::kNow, clock_.now()));
  EXPECT_EQ(records_of(RecordKind::kGap).at(0)["segments"], json::array({segment_name(1)}));
}

TEST_F(LogWriterTest, ALogThatWasCutOffIsNotTakenForWhole) {
  open();
  for (int i = 0; i < 10; ++i) commit(R"({"n":1})");
  writer_->close(clock_.now());
  const LogHead before = writer_->synced();
  std::string& bytes = storage_.names.at(segment_name(1))->bytes;
  SegmentScan scan(bytes_of(bytes));
  for (int i = 0; i < 5; ++i) (void)scan.next();
  bytes.resize(scan.next()->offset);
  EXPECT_EQ(report_of(storage_).problems.at(0).sequence, 6U);
  open();
  commit(R"({"n":2})");
  EXPECT_EQ(records_of(RecordKind::kGap).at(0)["why"], "missing");
  EXPECT_EQ(records_of(RecordKind::kGap).at(0)["up_to"], before.records);
  EXPECT_GT(writer_->synced().records, before.records);
  const LogReport report = report_of(storage_);
  EXPECT_FALSE(report.is_sound());
  EXPECT_EQ(report.problems.at(0).what, "records 6 to " + std::to_string(before.records) + " are missing");
}

TEST_F(LogWriterTest, WithAnotherKeyInItsPlaceTheLogGoesOnAndSaysSo) {
  open();
  commit(R"({"n":1})");
  writer_->close(clock_.now());
  storage_.names.erase("key");
  open();
  commit(R"({"n":2})");
  EXPECT_EQ(records_of(RecordKind::kGap).at(0)["why"], "key");
  const LogReport report = report_of(storage_);
  ASSERT_EQ(report.problem_count, 1U) << problems_of(report);
  EXPECT_EQ(report.problems[0].what, "names key 2, which key 1 did not hand over to");
}

TEST_F(LogWriterTest, AllThatWasThereIsGoneAndMissed) {
  open();
  for (int i = 0; i < 100; ++i) commit(R"({"n":1})");
  writer_->close(clock_.now());
  for (const char* also : {"nothing", "head"}) {
    MemoryStorage robbed;
    for (const auto& [name, inode] : storage_.names)
      robbed.names[name] = std::make_shared<MemoryStorage::Inode>(*inode);
    robbed.names.erase(segment_name(1));
    robbed.names.erase(also);
    auto writer = LogWriter::open(robbed, settings_, clock_.now());
    ASSERT_TRUE(writer);
    EXPECT_GE((*writer)->synced().records, 100U);
    EXPECT_FALSE(report_of(robbed).is_sound());
  }
}

}  // namespace
}  // namespace purposewatch

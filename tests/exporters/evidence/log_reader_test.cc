#include "exporters/evidence/log_reader.h"

#include <gmock/gmock.h>

#include "tests/exporters/evidence/log_fixture.h"

namespace purposewatch {
namespace {

class LogReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    settings_.segment_bytes = 2000;
    open();
  }

  void open() {
    auto opened = LogWriter::open(storage_, settings_, clock_.now());
    ASSERT_TRUE(opened) << opened.error().message;
    writer_ = std::move(*opened);
  }

  bool commit(const std::string& open) {
    ++clock_.seconds;
    return writer_->commit(std::vector{draft_of(open)}, LogWriter::Sync::kNow, clock_.now());
  }

  std::vector<std::uint64_t> read(ReadOptions options = {}) {
    std::vector<std::uint64_t> sequences;
    const auto done = read_log(storage_, options, [&](const std::string&, const ScannedRecord& record) {
      sequences.push_back(record.frame.sequence);
      return true;
    });
    EXPECT_TRUE(done);
    return sequences;
  }

  static std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t last) {
    std::vector<std::uint64_t> all;
    for (; first <= last; ++first) all.push_back(first);
    return all;
  }

  LogSettings settings_ = small_settings();
  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(LogReaderTest, EachRecordOfEachSegmentOnceAndInOrder) {
  for (int i = 0; i < 20; ++i) commit("{}");
  ASSERT_GT(list_segments(storage_)->size(), 2U);
  EXPECT_EQ(read(), numbers(1, writer_->synced().records));
  EXPECT_EQ(read({.first_sequence = 17, .on_progress = {}}), numbers(17, writer_->synced().records));
}

TEST_F(LogReaderTest, WhatTwoSegmentsHaveIsReadOnce) {
  commit("{}");
  bool is_failing = true;
  storage_.before = [&](auto, const std::string& what) -> Result<void> {
    if (is_failing && what.starts_with("sync 0")) return is_failing = false, fail("Input/output error");
    return {};
  };
  EXPECT_TRUE(commit("{}"));
  EXPECT_GT(all_records(storage_).size(), writer_->synced().records) << "nothing was repeated";
  EXPECT_EQ(read(), numbers(1, writer_->synced().records));
}

TEST_F(LogReaderTest, StopsWhenItIsToldToAndTellsHowFarItIs) {
  for (int i = 0; i < 20; ++i) commit("{}");
  int visited = 0;
  ASSERT_TRUE(read_log(storage_, {}, [&](auto&, auto&) { return ++visited < 3; }));
  EXPECT_EQ(visited, 3);
  std::vector<std::uint64_t> done, all;
  read({.first_sequence = 1, .on_progress = [&](auto bytes, auto of) {
          done.push_back(bytes);
          all.push_back(of);
        }});
  EXPECT_EQ(done.size(), list_segments(storage_)->size());
  EXPECT_EQ(done.back(), all.back());
}

TEST_F(LogReaderTest, ARecordIsFoundWhereItWas) {
  for (int i = 0; i < 20; ++i) commit(R"({"i":)" + std::to_string(i) + "}");
  std::vector<std::tuple<std::string, std::uint64_t, std::uint64_t>> places;
  ASSERT_TRUE(read_log(storage_, {}, [&](const std::string& segment, const ScannedRecord& record) {
    places.emplace_back(segment, record.offset, record.frame.sequence);
    return true;
  }));
  SegmentCache segments(storage_);
  for (const auto& [segment, offset, sequence] : places) {
    const auto record = segments.record_at(segment, offset);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(record->frame.sequence, sequence);
  }
  const auto& [segment, offset, sequence] = places.back();
  EXPECT_FALSE(segments.record_at(segment, offset + 1));
  EXPECT_FALSE(segments.record_at(segment, UINT64_MAX));
  EXPECT_FALSE(segments.record_at("00000000000000009999.evidence", 0));
}

TEST_F(LogReaderTest, ARecordIsFoundHoweverLargeItIs) {
  settings_.segment_bytes = std::size_t{4} << 20U;
  std::vector<std::string> texts;
  for (const std::size_t size : {10U, 70'000U, 10U, 32'000U, 900'000U, 10U}) {
    texts.push_back(std::string(size, static_cast<char>('a' + texts.size())));
    ASSERT_TRUE(commit(texts.back()));
  }
  std::vector<std::pair<std::string, std::uint64_t>> places;
  ASSERT_TRUE(read_log(storage_, {}, [&](const std::string& segment, const ScannedRecord& record) {
    if (record.frame.kind == RecordKind::kFinding) places.emplace_back(segment, record.offset);
    return true;
  }));
  SegmentCache segments(storage_);
  for (const std::size_t i : {0U, 1U, 2U, 3U, 4U, 5U, 3U, 0U}) {
    const auto record = segments.record_at(places[i].first, places[i].second);
    ASSERT_TRUE(record) << record.error().message;
    EXPECT_EQ(text_of_part(record->open), texts[i]);
    EXPECT_EQ(record->offset, places[i].second);
  }
}

}  // namespace
}  // namespace purposewatch

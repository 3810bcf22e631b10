#include "agent/evidence/event_query.h"

#include <gmock/gmock.h>

#include "tests/agent/evidence/indexed_log.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;

class EventQueryTest : public IndexedLog {};

TEST_F(EventQueryTest, TheIndexFindsWhatReadingAllRecordsFinds) {
  write_many(600);
  ASSERT_GT(list_segments(storage_)->size(), 5U);
  expect_equal_answers(150);
}

TEST_F(EventQueryTest, TheIndexFollowsALogThatGrows) {
  for (int i = 0; i < 15; ++i) {
    write_many(20);
    expect_equal_answers(4);
    if (i % 5 == 4) begin_run();
  }
}

TEST_F(EventQueryTest, HostileNamesAreFoundByTheirRawBytes) {
  write_many(400);
  for (const std::string& name : hostile_names()) {
    const auto found = looked_up(of(EventKey::kClient, name));
    EXPECT_FALSE(found.empty()) << name;
    EXPECT_EQ(found, scanned(of(EventKey::kClient, name))) << name;
  }
  EXPECT_THAT(looked_up(of(EventKey::kClient, "client")), ElementsAre());
}

TEST_F(EventQueryTest, OldestFirstAndOfALimitTheNewest) {
  write_many(100);
  const auto all = scanned(of(EventKey::kKind, "finding"));
  ASSERT_EQ(all.size(), 100U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EventQuery query = of(EventKey::kKind, "finding");
  query.limit = 7;
  const Sequences newest(all.end() - 7, all.end());
  EXPECT_EQ(scanned(query), newest);
  EXPECT_EQ(looked_up(query), newest);
  query.limit = 101;
  EXPECT_EQ(looked_up(query), all);
}

TEST_F(EventQueryTest, ASpanOfTimeHasItsBeginningAndNotItsEnd) {
  const std::int64_t begin = clock_.now().wall_ns;
  for (int i = 0; i < 30; ++i) write(1);
  EventQuery query = of(EventKey::kKind, "finding");
  query.since_ns = begin + static_cast<std::int64_t>(10 * kSecondNs);
  query.until_ns = begin + static_cast<std::int64_t>(12 * kSecondNs);
  EXPECT_EQ(scanned(query).size(), 2U);
  EXPECT_EQ(looked_up(query), scanned(query));
}

TEST_F(EventQueryTest, OneEventIsFoundByItsId) {
  write_many(300);
  const std::string id = flagged_read().host->boot_id + "-";
  for (const std::uint64_t number : {1U, 150U, 300U}) {
    const auto found = looked_up(of(EventKey::kId, id + std::to_string(number)));
    EXPECT_EQ(found.size(), 1U);
    EXPECT_EQ(found, scanned(of(EventKey::kId, id + std::to_string(number))));
  }
  for (const char* none : {"301", "0", "", "99999999999999999999999"})
    EXPECT_THAT(looked_up(of(EventKey::kId, id + none)), ElementsAre()) << none;
}

TEST_F(EventQueryTest, WithoutAFilterAllButCheckpointsAreThere) {
  write_many(50);
  const auto checkpoints = looked_up(of(EventKey::kKind, "checkpoint"));
  EXPECT_FALSE(checkpoints.empty());
  EXPECT_EQ(looked_up({}).size() + checkpoints.size(), writer_->synced().records);
  EXPECT_EQ(looked_up({}), scanned({}));
}

TEST_F(EventQueryTest, EndsWhenItIsToldToAndSaysHowFarItIs) {
  write_many(200);
  EventIndex index(storage_, index_directory(dir_.path()));
  for (EventIndex* how : {static_cast<EventIndex*>(nullptr), &index})
    for (const auto limit : {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(50)}) {
      EventQuery query = of(EventKey::kKind, "finding");
      query.limit = limit;
      int visited = 0;
      std::size_t done = 0, all = 0;
      const QueryOptions options{.index = how, .on_progress = [&](auto of_them, auto segments) {
                                   done = of_them;
                                   all = segments;
                                 }};
      ASSERT_TRUE(find_records(storage_, query, options, [&](auto&, auto&) { return ++visited < 3; }));
      EXPECT_EQ(visited, 3);
      EXPECT_GE(done, 1U);
      EXPECT_EQ(all, list_segments(storage_)->size());
    }
}

TEST_F(EventQueryTest, WhatWasNotSyncedAndIsRepeatedIsFoundOnce) {
  write(5);
  bool is_failing = true;
  storage_.before = [&](auto, const std::string& what) -> Result<void> {
    if (is_failing && what.starts_with("sync 0")) return is_failing = false, fail("Input/output error");
    return {};
  };
  write(5);
  ASSERT_GT(list_segments(storage_)->size(), 1U);
  EXPECT_EQ(looked_up(of(EventKey::kKind, "finding")).size(), 10U);
  expect_equal_answers(20);
}

TEST_F(EventQueryTest, ASegmentThatIsGoneOrUnreadableHidesNoOther) {
  write_many(200);
  const auto all = looked_up({});
  const auto names = *list_segments(storage_);
  storage_.names.erase(names.front());
  EXPECT_EQ(looked_up({}), scanned({}));
  EXPECT_LT(looked_up({}).size(), all.size());
  storage_.names[names[1]]->bytes = std::string(5000, 'P');
  EXPECT_EQ(looked_up({}), scanned({}));
  expect_equal_answers(20);
}

}  // namespace
}  // namespace purposewatch

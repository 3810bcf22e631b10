// A log in memory with an index on disk, and both ways to ask for its records.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "agent/evidence/event_query.h"
#include "agent/evidence/record_keys.h"
#include "exporters/evidence/log_writer.h"
#include "tests/agent/evidence/many_findings.h"
#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {

class IndexedLog : public testing::Test {
 protected:
  using Sequences = std::vector<std::uint64_t>;

  void SetUp() override { begin_run(); }

  void begin_run() {
    writer_.reset();
    settings_.segment_bytes = 60'000;
    auto opened = LogWriter::open(storage_, settings_, clock_.now());
    ASSERT_TRUE(opened) << opened.error().message;
    writer_ = std::move(*opened);
  }

  void write(std::size_t count) {
    std::vector<RecordDraft> drafts;
    for (std::size_t i = 0; i < count; ++i)
      drafts.push_back(findings_.next_draft(++written_, clock_.now().wall_ns));
    ++clock_.seconds;
    ASSERT_TRUE(writer_->commit(drafts, LogWriter::Sync::kNow, clock_.now()));
  }
  void write_many(std::size_t count) {
    for (; count > 0; count -= std::min<std::size_t>(count, 10)) write(std::min<std::size_t>(count, 10));
  }

  Sequences found(const EventQuery& query, EventIndex* index) {
    Sequences sequences;
    const auto done = find_records(storage_, query, {.index = index, .on_progress = {}},
                                   [&](const std::string&, const ScannedRecord& record) {
                                     sequences.push_back(record.frame.sequence);
                                     return true;
                                   });
    EXPECT_TRUE(done) << done.error().message;
    return sequences;
  }
  Sequences scanned(const EventQuery& query) { return found(query, nullptr); }
  // By an index that is opened for it, as each command does.
  Sequences looked_up(const EventQuery& query) {
    EventIndex index(storage_, index_directory(dir_.path()));
    const Sequences sequences = found(query, &index);
    EXPECT_EQ(index.trouble(), "");
    return sequences;
  }

  static EventQuery of(EventKey key, const std::string& text) {
    EventQuery query;
    query.filter[key] = text;
    return query;
  }

  // Of one to three keys that some record has, perhaps with a limit and a span of time.
  EventQuery random_query() {
    EventQuery query;
    const Finding finding = findings_.next(findings_.below(written_) + 1, 0);
    for (std::size_t i = findings_.below(3) + 1; i > 0; --i) {
      switch (findings_.below(5)) {
        case 0:
          query.filter[EventKey::kStore] = finding.verdict.store;
          break;
        case 1:
          query.filter[EventKey::kClient] = finding.verdict.client;
          break;
        case 2:
          query.filter[EventKey::kPerson] = finding.subject->login_user;
          break;
        case 3:
          query.filter[EventKey::kClause] = finding.verdict.clause;
          break;
        default:
          query.filter[EventKey::kVerdict] = "flagged";
      }
    }
    const std::int64_t now_ns = clock_.now().wall_ns;
    const auto ago = [&] { return static_cast<std::int64_t>(findings_.below(clock_.seconds) * kSecondNs); };
    if (findings_.below(3) == 0) query.since_ns = now_ns - ago();
    if (findings_.below(3) == 0) query.until_ns = now_ns - ago();
    if (findings_.below(3) == 0) query.limit = findings_.below(20) + 1;
    return query;
  }

  void expect_equal_answers(std::size_t queries) {
    std::size_t records = 0;
    for (std::size_t i = 0; i < queries; ++i) {
      const EventQuery query = random_query();
      const Sequences expected = scanned(query);
      EXPECT_EQ(looked_up(query), expected);
      records += expected.size();
    }
    EXPECT_TRUE(records > 0 || queries < 20) << "nothing was asked for that is there";
  }

  TempDir dir_;
  LogSettings settings_ = small_settings();
  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> writer_;
  ManyFindings findings_{3, {.clients = 30, .is_hostile = true}};
  std::uint64_t written_ = 0;
};

}  // namespace purposewatch

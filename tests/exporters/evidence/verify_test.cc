// What a verification tells beside its verdict, and what it makes of a log that is written meanwhile.
#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "exporters/evidence/blanking.h"
#include "tests/exporters/evidence/log_fixture.h"
#include "tests/exporters/temp_dir.h"

namespace purposewatch {
namespace {

class VerifyTest : public testing::Test {
 protected:
  void open(Storage& storage) {
    settings_.segment_bytes = 3000;
    auto opened = LogWriter::open(storage, settings_, clock_.now());
    ASSERT_TRUE(opened) << opened.error().message;
    writer_ = std::move(*opened);
  }
  void commit(LogWriter::Sync sync = LogWriter::Sync::kNow) {
    ++clock_.seconds;
    writer_->commit(std::vector{draft_of(R"({"n":1})", R"({"client":"alice"})")}, sync, clock_.now());
  }

  LogSettings settings_ = small_settings();
  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(VerifyTest, TellsHowFarItIs) {
  open(storage_);
  for (int i = 0; i < 20; ++i) commit();
  std::vector<std::uint64_t> done, all;
  VerifyOptions options;
  options.on_progress = [&](std::uint64_t bytes, std::uint64_t of) {
    done.push_back(bytes);
    all.push_back(of);
  };
  const LogReport report = report_of(storage_, options);
  EXPECT_EQ(done.size(), report.segments);
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
  EXPECT_EQ(done.back(), report.bytes);
  EXPECT_EQ(all.back(), report.bytes);
}

TEST_F(VerifyTest, TellsTheCheckpointsThatAreSound) {
  open(storage_);
  for (int i = 0; i < 20; ++i) commit();
  std::uint64_t last = 0, count = 0;
  std::string newest;
  VerifyOptions options;
  options.on_checkpoint = [&](std::uint64_t sequence, std::string_view note) {
    last = sequence;
    newest = note;
    ++count;
  };
  const LogReport report = report_of(storage_, options);
  EXPECT_EQ(last, report.signed_up_to);
  EXPECT_EQ(count, report.checkpoints);
  EXPECT_EQ(read_unverified_note(newest)->records, last - 1);
}

// A storage whose log goes on while it is read.
class GrowingStorage final : public Storage {
 public:
  explicit GrowingStorage(MemoryStorage& storage) : storage_(storage) {}
  Result<std::vector<std::string>> list() override { return meanwhile(storage_.list()); }
  Result<std::unique_ptr<StoredFile>> create(const std::string& name) override {
    return storage_.create(name);
  }
  Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
    auto file = storage_.open(name);
    return meanwhile(std::move(file));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return storage_.rename(from, to);
  }
  Result<void> remove(const std::string& name) override { return storage_.remove(name); }
  Result<void> sync_names() override { return storage_.sync_names(); }
  Result<Space> space() override { return storage_.space(); }

  std::function<void()> after_each;

 private:
  template <class T>
  T meanwhile(T result) {
    after_each();
    return result;
  }
  MemoryStorage& storage_;
};

TEST_F(VerifyTest, ALogThatGrowsMeanwhileIsSound) {
  open(storage_);
  for (int i = 0; i < 20; ++i) commit();
  GrowingStorage growing(storage_);
  int turn = 0;
  growing.after_each = [&] { commit(++turn % 3 == 0 ? LogWriter::Sync::kLater : LogWriter::Sync::kNow); };
  for (int i = 0; i < 10; ++i) {
    const LogReport report = report_of(growing);
    EXPECT_TRUE(report.is_sound()) << problems_of(report);
  }
}

// The writer's own order: the record that says so is synced, then the segments go.
TEST_F(VerifyTest, SegmentsWhoseTimeIsOverMeanwhileAreNoDamage) {
  for (const int when : {2, 3, 4}) {  // after the names were listed, and one or two segments were read
    MemoryStorage storage;
    open(storage);
    for (int i = 0; i < 30; ++i) commit();
    auto names = *list_segments(storage);
    names.resize(3);
    GrowingStorage growing(storage);
    int turn = 0, starts = 0;
    growing.after_each = [&] {
      if (++turn != when) return;
      RecordDraft removal = draft_of(R"({"segments":[")" + names[0] + R"(",")" + names[1] + R"(",")" +
                                     names[2] + R"("],"up_to":30})");
      removal.kind = RecordKind::kRemoval;
      writer_->commit(std::vector{removal}, LogWriter::Sync::kNow, clock_.now());
      for (const std::string& name : names) ASSERT_TRUE(storage.remove(name));
    };
    std::uint64_t previous = 0;
    VerifyOptions options;
    options.on_start_over = [&] {
      ++starts;
      previous = 0;
    };
    options.on_record = [&](std::uint64_t sequence, const Digest&) {
      EXPECT_GT(sequence, previous);
      previous = sequence;
    };
    const LogReport report = report_of(growing, options);
    EXPECT_TRUE(report.is_sound()) << when << ": " << problems_of(report);
    EXPECT_EQ(starts, 1) << when;
    EXPECT_GT(report.first, 1U) << when;
  }
}

// Nobody hides damage behind a log that is being written.
TEST_F(VerifyTest, ASegmentThatIsGoneWithoutAWordIsDamageAlsoInALogThatGrows) {
  open(storage_);
  for (int i = 0; i < 30; ++i) commit();
  const auto names = *list_segments(storage_);
  GrowingStorage growing(storage_);
  int turn = 0;
  growing.after_each = [&] {
    commit();
    if (++turn == 2) {
      ASSERT_TRUE(storage_.remove(names[1]));
    }
  };
  EXPECT_FALSE(report_of(growing).is_sound());
}

TEST_F(VerifyTest, APartThatIsBlankedWithoutAWordIsDamageAlsoInALogThatGrows) {
  open(storage_);
  for (int i = 0; i < 5; ++i) commit();
  std::string& bytes = storage_.names.at(segment_name(1))->bytes;
  SegmentScan scan{bytes_of(bytes)};
  const auto record = scan.next();
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(record->offset + kFrameBytes), record->open.size(),
              '\0');
  GrowingStorage growing(storage_);
  growing.after_each = [&] { commit(); };
  EXPECT_FALSE(report_of(growing).is_sound());
}

TEST_F(VerifyTest, APartThatIsBlankedMeanwhileIsNoDamage) {
  open(storage_);
  for (int i = 0; i < 5; ++i) commit();
  const std::string name = segment_name(1);
  std::string& bytes = storage_.names.at(name)->bytes;
  SegmentScan scan{bytes_of(bytes)};
  std::optional<ScannedRecord> victim;
  while (auto record = scan.next())
    if (!victim && !record->personal.empty()) victim = record;
  const std::size_t at = victim->offset + kFrameBytes + victim->open.size(), size = victim->personal.size();
  const std::uint64_t sequence = victim->frame.sequence;
  const auto blank = [&](std::size_t from, std::size_t count) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + from), count, '\0');
  };
  blank(0, size / 2);  // the rest when it was read once
  GrowingStorage growing(storage_);
  int opened = 0;
  growing.after_each = [&] {
    if (++opened != 4) return;
    RecordDraft erasure = draft_of(R"({"records":")" + std::to_string(sequence) + R"(","parts":"personal"})");
    erasure.kind = RecordKind::kErasure;
    writer_->commit(std::vector{erasure}, LogWriter::Sync::kNow, clock_.now());
    blank(size / 2, size - size / 2);
  };
  int starts = 0;
  VerifyOptions options;
  options.on_start_over = [&] { ++starts; };
  const LogReport report = report_of(growing, options);
  EXPECT_TRUE(report.is_sound()) << problems_of(report);
  EXPECT_EQ(report.blanked, 1U);
  EXPECT_EQ(starts, 1);
}

// Real files, a real second thread.
TEST_F(VerifyTest, NeverFindsFaultWithALogInTheWriting) {
  const TempDir place;
  const std::string directory = place.path() + "/evidence";
  const auto storage = storage_in(directory);
  settings_.segment_bytes = 200'000;
  open(*storage);
  std::atomic<bool> is_over = false;
  std::thread writing([&] {
    while (!is_over) {
      ++clock_.seconds;
      std::vector<RecordDraft> drafts(
          50, draft_of(R"({"n":")" + std::string(500, 'x') + R"("})", R"({"client":"a"})"));
      writer_->commit(drafts, clock_.seconds % 4 == 0 ? LogWriter::Sync::kNow : LogWriter::Sync::kLater,
                      clock_.now());
    }
  });
  const auto reading = read_only_storage_in(directory);
  std::uint64_t first = 0, last = 0;
  for (int i = 0; i < 20 || (last - first < 5'000 && i < 2'000); ++i) {
    const LogReport report = report_of(*reading);
    EXPECT_TRUE(report.is_sound()) << problems_of(report);
    if (i == 0) first = report.last;
    last = report.last;
    if (HasFailure()) break;
  }
  is_over = true;
  writing.join();
  EXPECT_GT(last, first) << "nothing was written meanwhile";
}

TEST_F(VerifyTest, WhatIsOnlyReadStaysAsItIs) {
  const TempDir place;
  EXPECT_FALSE(read_only_storage_in(place.path() + "/none")->list());
  EXPECT_FALSE(std::filesystem::exists(place.path() + "/none"));
  const auto storage = read_only_storage_in(place.path());
  EXPECT_TRUE(storage->list());
  EXPECT_FALSE(storage->create("a"));
  EXPECT_FALSE(storage->remove("a"));
  EXPECT_FALSE(storage->rename("a", "b"));
}

// Whoever has no key, at a log that nobody writes.
class ForgedStatement : public testing::Test {
 protected:
  void SetUp() override {
    settings_.segment_bytes = 2000;
    open();
    for (int i = 0; i < 20; ++i) commit();
    writer_->close(clock_.now());
  }

  void open() { writer_ = std::move(*LogWriter::open(storage_, settings_, clock_.now())); }
  void commit() {
    ++clock_.seconds;
    writer_->commit(std::vector{draft_of("{}", "{}")}, LogWriter::Sync::kNow, clock_.now());
  }

  // With everything right but a signature.
  void append(RecordKind kind, const std::string& text) {
    RecordDraft draft = draft_of(text);
    draft.kind = kind;
    std::array<std::uint8_t, 2 * kSaltBytes> salts{};
    const LogHead& head = writer_->synced();
    append_record(storage_.names.at(list_segments(storage_)->back())->bytes, draft, head.records + 1,
                  settings_.boot_id, head.chain, salts);
  }

  // Now, and when the agent has gone on and signed all that it found.
  void expect_found(const std::string& what) {
    EXPECT_THAT(problems_of(report_of(storage_)), testing::HasSubstr(what));
    open();
    commit();
    EXPECT_THAT(problems_of(report_of(storage_)), testing::HasSubstr(what));
  }

  LogSettings settings_ = small_settings();
  MemoryStorage storage_;
  TestClock clock_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(ForgedStatement, OfAnErasureExplainsNothing) {
  append(RecordKind::kErasure, R"({"why":"request","parts":"all","records":"1,3","by":"carol"})");
  SequenceSet records;
  records.add(1);
  records.add(3);
  ASSERT_EQ(*blank_records(storage_, {records, BlankedParts::kAll}), 2U);
  expect_found("record 3 was blanked, and no record that is signed says why");
}

TEST_F(ForgedStatement, OfARemovalExplainsNothing) {
  const auto names = *list_segments(storage_);
  append(RecordKind::kRemoval, R"({"why":"retention","segments":[")" + names[0] + R"("],"up_to":)" +
                                   std::to_string(*first_sequence_of(names[1]) - 1) + "}");
  storage_.names.erase(names[0]);
  expect_found("are missing");
}

TEST_F(ForgedStatement, IsToldOfAtTheNextStart) {
  append(RecordKind::kFinding, "{}");
  open();
  bool is_told = false;
  for (const ReadRecord& record : all_records(storage_))
    is_told |=
        record.kind == RecordKind::kGap && record.open.find(R"("why":"unsigned")") != std::string::npos;
  EXPECT_TRUE(is_told);
}

TEST_F(ForgedStatement, AfterARemovalMoreCannotBeRemovedQuietly) {
  open();
  const auto names = *list_segments(storage_);
  ++clock_.seconds;
  RecordDraft removal = draft_of(R"({"why":"retention","segments":[")" + names[0] + R"("],"up_to":)" +
                                 std::to_string(*first_sequence_of(names[1]) - 1) + "}");
  removal.kind = RecordKind::kRemoval;
  writer_->commit(std::vector{removal}, LogWriter::Sync::kNow, clock_.now());
  storage_.names.erase(names[0]);
  EXPECT_TRUE(report_of(storage_).is_sound()) << problems_of(report_of(storage_));
  storage_.names.erase(names[1]);
  EXPECT_THAT(problems_of(report_of(storage_)), testing::HasSubstr("are missing"));
}

}  // namespace
}  // namespace purposewatch

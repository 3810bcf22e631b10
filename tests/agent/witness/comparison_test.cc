#include "agent/witness/comparison.h"

#include <gmock/gmock.h>

#include "agent/witness/kept_checkpoint.h"
#include "tests/exporters/evidence/forged_log.h"
#include "tests/exporters/evidence/log_fixture.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

// A log of 40 records or so, and a witness that has looked after each commit.
class WitnessComparisonTest : public testing::Test {
 protected:
  void SetUp() override { write(storage_, 20, "as it was"); }

  void write(MemoryStorage& storage, int commits, const std::string& text) {
    auto writer = LogWriter::open(storage, small_settings(), clock_.now());
    ASSERT_TRUE(writer);
    for (int i = 0; i < commits; ++i) {
      ++clock_.seconds;
      (*writer)->commit(std::vector{draft_of("{\"n\":\"" + text + "\"}")}, LogWriter::Sync::kNow,
                        clock_.now());
      look(**writer);
    }
    (*writer)->close(clock_.now());
  }

  // As a scrape does.
  void look(const LogWriter& writer) {
    const std::int64_t ms = clock_.now().wall_ns / 1'000'000;
    history_.series.resize(1);
    history_.series[0].runs.push_back({.records = writer.synced().records,
                                       .head = writer.synced().witnessed(),
                                       .first_ms = ms,
                                       .last_ms = ms});
  }

  WitnessReport compare(Storage& storage) {
    WitnessComparison comparison(history_);
    VerifyOptions options;
    options.on_record = [&](auto sequence, auto& chain) { comparison.on_record(sequence, chain); };
    log_ = report_of(storage, options);
    return comparison.report(log_);
  }

  std::string only_problem(Storage& storage) {
    const WitnessReport report = compare(storage);
    EXPECT_FALSE(report.is_sound());
    EXPECT_EQ(report.problems.size(), 1U);
    for (const WitnessProblem& one : report.problems) kind_ = one.kind, record_ = one.record;
    return report.problems.empty() ? "" : report.problems[0].what;
  }

  static void forge(MemoryStorage& storage, std::uint64_t sequence) {
    ASSERT_TRUE(forge_record(storage, sequence, R"({"n":"nothing happened"})"));
  }

  MemoryStorage storage_;
  TestClock clock_;
  WitnessHistory history_;
  LogReport log_;
  WitnessProblem::Kind kind_{};
  std::uint64_t record_ = 0;
};

TEST_F(WitnessComparisonTest, AgreesWithTheLogThatWasWitnessed) {
  const WitnessReport report = compare(storage_);
  EXPECT_TRUE(report.is_sound());
  EXPECT_EQ(report.agreed, 20U);
  EXPECT_EQ(report.differed + report.removed + report.unreadable, 0U);
  EXPECT_EQ(report.last_record, history_.series[0].runs.back().records);
  EXPECT_EQ(report.last_ms, history_.series[0].runs.back().first_ms);
}

TEST_F(WitnessComparisonTest, FindsWhatWasChangedAndSignedAgain) {
  const std::uint64_t changed = history_.series[0].runs[8].records + 1;
  forge(storage_, changed);
  EXPECT_TRUE(report_of(storage_).is_sound()) << "the forgery is found without a witness";
  EXPECT_THAT(only_problem(storage_), HasSubstr("changed in records "));
  EXPECT_EQ(kind_, WitnessProblem::Kind::kChanged);
  EXPECT_EQ(record_, changed) << "the first one after the last that agrees";
  EXPECT_EQ(compare(storage_).differed, 11U);
}

TEST_F(WitnessComparisonTest, FindsALogThatWasCutOff) {
  const std::uint64_t kept = history_.series[0].runs[9].records;
  ASSERT_TRUE(cut_off_after(storage_, kept));
  EXPECT_TRUE(report_of(storage_).is_sound());
  EXPECT_THAT(only_problem(storage_), HasSubstr("cut off: records "));
  EXPECT_EQ(kind_, WitnessProblem::Kind::kShortened);
  EXPECT_EQ(record_, kept + 1);
}

TEST_F(WitnessComparisonTest, FindsALogThatIsAnother) {
  const WitnessHistory before = history_;
  MemoryStorage other;
  write(other, 20, "another");
  history_ = before;
  EXPECT_THAT(only_problem(other), HasSubstr("nothing agrees"));
}

TEST_F(WitnessComparisonTest, FindsWhenALogWasReplaced) {
  const std::int64_t before_ms = history_.series[0].runs.back().first_ms;
  MemoryStorage other;
  clock_.seconds += 60;
  write(other, 30, "another");
  const WitnessReport report = compare(other);
  ASSERT_EQ(report.problems.size(), 2U);
  EXPECT_THAT(report.problems[0].what, HasSubstr("replaced between " + second_of(before_ms)));
  EXPECT_EQ(report.problems[1].kind, WitnessProblem::Kind::kWentBack);
  EXPECT_THAT(report.problems[1].what, HasSubstr("went back from record"));
}

// Also where the log has grown so far since that it went unnoticed at the time.
TEST_F(WitnessComparisonTest, FindsThatALogWasRolledBackAndWentOn) {
  const auto runs = history_.series[0].runs;
  history_.series[0].runs.erase(history_.series[0].runs.begin() + 15, history_.series[0].runs.end());
  forge(storage_, runs[10].records + 1);
  history_.series[0].runs.clear();
  write(storage_, 5, "after");
  auto& all = history_.series[0].runs;
  all.insert(all.begin(), runs.begin(), runs.end());
  const WitnessReport report = compare(storage_);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_THAT(report.problems[0].what, HasSubstr("one log has followed another"));
  EXPECT_EQ(report.problems[0].record, runs[10].records + 1);
}

// The log as it would be without its first records.
LogReport without_records_before(const LogReport& log, const Witnessed& seen) {
  LogReport rest = log;
  rest.first = seen.records;
  rest.first_wall_ns = seen.first_ms * 1'000'000;
  return rest;
}

Digest chain_that_gives(std::uint64_t head) {
  Digest chain{};
  for (std::size_t i = 0; i < 8; ++i) chain[i] = static_cast<std::uint8_t>((head << 11U) >> (56 - 8 * i));
  return chain;
}

TEST_F(WitnessComparisonTest, CountsWhatWasRemovedForItsAge) {
  const auto& runs = history_.series[0].runs;
  WitnessComparison comparison(history_);
  for (std::size_t i = 5; i < runs.size(); ++i)
    comparison.on_record(runs[i].records, chain_that_gives(runs[i].head));
  const WitnessReport report = comparison.report(without_records_before(report_of(storage_), runs[5]));
  EXPECT_EQ(report.removed, 5U);
  EXPECT_EQ(report.removed_ms, runs[4].last_ms);
  EXPECT_EQ(report.agreed, 15U);
  EXPECT_TRUE(report.is_sound());
}

// Who replaces a log can say that all before was removed.
TEST_F(WitnessComparisonTest, FindsALogThatOnlySaysThatItsTimeWasOver) {
  LogReport log = report_of(storage_);
  log.first = log.last;
  log.first_wall_ns = log.last_wall_ns;
  history_.series[0].runs.pop_back();
  const WitnessReport nothing_left = WitnessComparison(history_).report(log);
  ASSERT_EQ(nothing_left.problems.size(), 1U);
  EXPECT_THAT(nothing_left.problems[0].what, HasSubstr("nothing of what was witnessed"));

  auto& runs = history_.series[0].runs;
  LogReport earlier = without_records_before(report_of(storage_), runs[5]);
  earlier.first_wall_ns -= 3'600'000'000'000;
  WitnessComparison comparison(history_);
  for (std::size_t i = 5; i < runs.size(); ++i)
    comparison.on_record(runs[i].records, chain_that_gives(runs[i].head));
  const WitnessReport too_early = comparison.report(earlier);
  ASSERT_EQ(too_early.problems.size(), 1U);
  EXPECT_EQ(too_early.problems[0].kind, WitnessProblem::Kind::kRemoved);
  EXPECT_THAT(too_early.problems[0].what, HasSubstr("there were fewer"));
}

TEST_F(WitnessComparisonTest, TellsTheLongestTimeWithoutAWitness) {
  auto& runs = history_.series[0].runs;
  runs.erase(runs.begin() + 5, runs.begin() + 12);
  const WitnessReport report = compare(storage_);
  ASSERT_TRUE(report.longest_gap);
  EXPECT_EQ(report.longest_gap->from_ms, runs[4].last_ms);
  EXPECT_EQ(report.longest_gap->to_ms - report.longest_gap->from_ms, 8000);
  EXPECT_EQ(report.longest_gap->records, runs[5].records - runs[4].records);
}

TEST_F(WitnessComparisonTest, HasSeenNothingWhileTheAgentHadNoLogOpen) {
  history_.series[0].runs.insert(history_.series[0].runs.begin() + 7, Witnessed{});
  EXPECT_TRUE(compare(storage_).is_sound());
}

TEST_F(WitnessComparisonTest, BeginsAnewWithTheVerification) {
  WitnessComparison comparison(history_);
  for (std::uint64_t sequence = 1; sequence < 40; ++sequence) comparison.on_record(sequence, Digest{});
  comparison.start_over();
  VerifyOptions options;
  options.on_record = [&](auto sequence, auto& chain) { comparison.on_record(sequence, chain); };
  EXPECT_TRUE(comparison.report(report_of(storage_, options)).is_sound());
}

class KeptCheckpointTest : public WitnessComparisonTest {
 protected:
  using Answer = KeptCheckpoint::Answer;

  // The checkpoint that stands at the record, or the newest.
  std::string note_at(Storage& storage, std::uint64_t sequence = 0) {
    std::string note;
    VerifyOptions options;
    options.on_checkpoint = [&](std::uint64_t at, std::string_view text) {
      if (sequence == 0 || at == sequence) note = text;
    };
    report_of(storage, options);
    return note;
  }

  static Answer answer(Storage& storage, const std::string& note) {
    auto kept = KeptCheckpoint::read(note);
    EXPECT_TRUE(kept);
    VerifyOptions options;
    options.on_record = [&](auto sequence, auto& chain) { kept->on_record(sequence, chain); };
    options.on_checkpoint = [&](auto sequence, auto text) { kept->on_checkpoint(sequence, text); };
    return kept->answer(report_of(storage, options));
  }
};

TEST_F(KeptCheckpointTest, HoldsAsLongAsTheLogGoesOnFromIt) {
  const std::string note = note_at(storage_);
  EXPECT_EQ(answer(storage_, note), Answer::kHolds);
  write(storage_, 5, "more");
  EXPECT_EQ(answer(storage_, note), Answer::kHolds);
}

TEST_F(KeptCheckpointTest, DoesNotHoldOfAnotherLog) {
  const std::string note = note_at(storage_);
  MemoryStorage copy, shorter;
  for (const auto& [name, inode] : storage_.names)
    copy.names[name] = std::make_shared<MemoryStorage::Inode>(*inode);
  forge(copy, 10);
  EXPECT_EQ(answer(copy, note), Answer::kChanged);
  write(shorter, 3, "as it was");
  EXPECT_EQ(answer(shorter, note), Answer::kCutOff);
  std::string other = note;
  for (std::size_t at = 0; (at = other.find("test-host", at)) != std::string::npos;)
    other.replace(at, 4, "best");
  EXPECT_EQ(answer(storage_, other), Answer::kOtherHost);
}

TEST_F(KeptCheckpointTest, DoesNotHoldWhenSomebodyElseHasSignedTheSame) {
  auto checkpoint = read_unverified_note(note_at(storage_));
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(answer(storage_, signed_note(*checkpoint, SigningKey::generate())), Answer::kNotInTheLog);
}

TEST_F(KeptCheckpointTest, IsNothingElse) {
  for (const char* text : {"", "purposewatch/host\n", "\n\n\n\n\n\n"})
    EXPECT_FALSE(KeptCheckpoint::read(text));
  const std::string note = note_at(storage_);
  for (std::size_t size = 0; size < note.size(); ++size)
    EXPECT_FALSE(KeptCheckpoint::read(note.substr(0, size)));
}

}  // namespace
}  // namespace purposewatch

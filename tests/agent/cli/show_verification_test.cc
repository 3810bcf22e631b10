#include "agent/cli/show_verification.h"

#include <gmock/gmock.h>

#include "agent/cli/output.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kNoon = 1'700'049'600'000;  // 2023-11-15T12:00:00Z

Verification some_verification() {
  Verification verification;
  verification.directory = "/var/lib/purposewatch/evidence";
  LogReport& log = verification.log;
  log.segments = 2;
  log.bytes = 20 << 20;
  log.first = 1;
  log.last = 500;
  log.signed_up_to = 499;
  log.checkpoints = 40;
  log.keys = 3;
  log.first_wall_ns = kNoon * 1'000'000;
  log.last_wall_ns = (kNoon + 60'000) * 1'000'000;
  log.host_id = "web1";
  return verification;
}

WitnessAnswer answer_of(const WitnessReport& report) {
  const WitnessHistory history;
  return {"http://prometheus:9090", history, WitnessComparison(history), report};
}

TEST(Verification, OfASoundLogIsShort) {
  const std::string text = verification_text(some_verification(), false);
  EXPECT_THAT(text, HasSubstr("records      1 to 500, 2023-11-15T12:00:00Z to 2023-11-15T12:01:00Z\n"));
  EXPECT_THAT(text, HasSubstr("signed       up to record 499, by 40 checkpoints and 3 keys\n"));
  EXPECT_TRUE(text.ends_with("\nsound\n")) << text;
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 6);
}

TEST(Verification, NamesThePlaceOfEachProblem) {
  Verification verification = some_verification();
  verification.log.problems.push_back({"00000000000000000001.evidence", 4711, 17, "record 17 was changed"});
  verification.log.problem_count = 1;
  const std::string text = verification_text(verification, false);
  EXPECT_THAT(text, HasSubstr("00000000000000000001.evidence at byte 4711: record 17 was changed\n"));
  EXPECT_TRUE(text.ends_with("\nNOT SOUND: 1 problem\n")) << text;
  const auto json = verification_json(verification);
  EXPECT_FALSE(json["sound"].get<bool>());
  EXPECT_EQ(json["problems"][0]["record"], 17);
  EXPECT_EQ(json["problems"][0]["offset"], 4711);
}

TEST(Verification, ShowsTheFirstOfManyProblems) {
  Verification verification = some_verification();
  for (std::uint64_t i = 0; i < 1000; ++i) verification.log.problems.push_back({"s", 0, i, "p"});
  verification.log.problem_count = 5000;
  const std::string text = verification_text(verification, false);
  EXPECT_THAT(text, HasSubstr("and 4980 more problems\n"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 40);
}

TEST(Verification, SaysLossesInPlainWords) {
  Verification verification = some_verification();
  verification.log.remarks = {{7, R"({"why":"lost","lost":{"flagged":3},"since":"noon"})"},
                              {9, "were \x1b[31m removed"}};
  const std::string text = verification_text(verification, false);
  EXPECT_THAT(text, HasSubstr("record 7: lost, lost {\"flagged\":3}, since noon\n"));
  EXPECT_THAT(text, HasSubstr(R"(record 9: were \x1b[31m removed)"));
  const auto json = verification_json(verification);
  EXPECT_EQ(json["remarks"][0]["what"]["why"], "lost");
}

TEST(Verification, WithAWitnessSaysWhatOfTheLogItCovers) {
  Verification verification = some_verification();
  verification.witnesses.push_back(answer_of({.samples = 9,
                                              .agreed = 8,
                                              .removed = 1,
                                              .last_record = 490,
                                              .last_ms = kNoon,
                                              .longest_gap = Unwitnessed{kNoon, kNoon + 125'000, 20},
                                              .problems = {}}));
  const std::string text = verification_text(verification, false);
  EXPECT_THAT(text, HasSubstr("witness      http://prometheus:9090: 9 samples\n"));
  EXPECT_THAT(text, HasSubstr("8 as the log, 1 of records that were removed, their time being over, the last "
                              "at 1970-01-01T00:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("last: record 490 at 2023-11-15T12:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("longest without: 2 min from 2023-11-15T12:00:00Z, 20 records\n"));
  EXPECT_TRUE(text.ends_with("\nsound\n")) << text;
  EXPECT_EQ(verification_json(verification)["witnesses"][0]["last"]["record"], 490);
}

TEST(Verification, IsNotSoundWhenOneWitnessDisagrees) {
  Verification verification = some_verification();
  verification.witnesses.push_back(answer_of({.samples = 9, .agreed = 9, .longest_gap = {}, .problems = {}}));
  EXPECT_TRUE(verification.is_sound());
  verification.witnesses.push_back(answer_of(
      {.samples = 9,
       .longest_gap = {},
       .problems = {
           {.kind = WitnessProblem::Kind::kWentBack, .record = 5, .time_ms = kNoon, .what = "went back"}}}));
  EXPECT_FALSE(verification.is_sound());
  const auto json = verification_json(verification);
  EXPECT_EQ(json["witnesses"][1]["problems"][0]["kind"], "went-back");
  EXPECT_TRUE(verification_text(verification, false).ends_with("went back\nNOT SOUND: 1 problem\n"));
}

TEST(Verification, IsColouredWhereThatIsWanted) {
  EXPECT_THAT(verification_text(some_verification(), true), HasSubstr("\x1b[32msound"));
  EXPECT_THAT(verification_text(some_verification(), false), Not(HasSubstr("\x1b")));
}

TEST(ProgressBar, GrowsAndSaysHowMuchIsLeft) {
  EXPECT_EQ(bar_of_bytes(1 << 20, 4 << 20, std::chrono::seconds(2)),
            "[#######-----------------------]  25 %  1.0 MiB of 4.0 MiB, 512.0 KiB/s, 6 s left");
  EXPECT_EQ(bar_of_samples(10, 10), "[##############################] 100 %  10 of 10 samples");
  EXPECT_EQ(bar_of_bytes(0, 0, {}), "[------------------------------]   0 %  0 B of 0 B, 0 B/s, 0 s left");
  EXPECT_EQ(bar_of_samples(999, 1000).substr(32, 5), "  99 ") << "all but done is not done";
}

}  // namespace
}  // namespace purposewatch

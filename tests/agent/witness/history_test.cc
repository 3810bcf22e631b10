#include "agent/witness/history.h"

#include <gmock/gmock.h>

#include "tests/agent/witness/fake_prometheus.h"

namespace purposewatch {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;

class WitnessHistoryTest : public testing::Test {
 protected:
  Result<WitnessHistory> read(const std::string& match = "") {
    return read_witness_history(prometheus_.ask(), {.match = match, .on_progress = on_progress_});
  }
  WitnessHistory history(const std::string& match = "") {
    const auto read_ = read(match);
    EXPECT_TRUE(read_) << read_.error().message;
    return read_.value_or(WitnessHistory{});
  }
  std::string error(const std::string& match = "") {
    const auto read_ = read(match);
    return read_ ? "none" : read_.error().message;
  }

  FakePrometheus prometheus_;
  std::function<void(std::uint64_t, std::uint64_t)> on_progress_;
};

// One sample each minute of two days, the head a new one each hour.
void add_two_days(FakePrometheus& prometheus) {
  for (std::int64_t minute = 2 * 1440; minute > 0; --minute) {
    const auto records = static_cast<std::uint64_t>(10 + (2 * 1440 - minute) / 60);
    prometheus.add("web1", prometheus.now_ms - minute * kMinute + 7, records, records * 1000);
  }
}

TEST_F(WitnessHistoryTest, HasEverySampleOnce) {
  add_two_days(prometheus_);
  for (const bool closed : {true, false}) {
    prometheus_.has_closed_ranges = closed;
    const WitnessHistory all = history();
    EXPECT_EQ(all.samples, 2U * 1440);
    EXPECT_EQ(all.unpaired, 0U);
    ASSERT_EQ(all.series.size(), 1U);
    ASSERT_EQ(all.series[0].runs.size(), 48U);
    EXPECT_EQ(all.series[0].runs[0].samples, 60U);
    EXPECT_EQ(all.series[0].runs[0].records, 10U);
    EXPECT_EQ(all.series[0].runs[0].first_ms, prometheus_.now_ms - 2 * kDay + 7);
    EXPECT_EQ(all.series[0].runs[47].head, 57'000U);
  }
}

// What lies on the border of two pieces belongs to one of them.
TEST_F(WitnessHistoryTest, ASampleOnABorderCountsOnce) {
  for (const bool closed : {true, false}) {
    prometheus_.has_closed_ranges = closed;
    prometheus_.series.clear();
    for (int hour = 0; hour < 5; ++hour)
      prometheus_.add("web1", prometheus_.now_ms - hour * 60 * kMinute, 5, 5);
    EXPECT_EQ(history().samples, 5U);
  }
}

TEST_F(WitnessHistoryTest, IsAskedForInPiecesThatAreAnswered) {
  add_two_days(prometheus_);
  prometheus_.samples_max = 200;
  EXPECT_EQ(history().samples, 2U * 1440);
  prometheus_.samples_max = SIZE_MAX;
  prometheus_.pairs_max = 100;
  EXPECT_EQ(history().samples, 2U * 1440);
}

TEST_F(WitnessHistoryTest, EndsWithAnErrorWhereNoPieceIsSmallEnough) {
  add_two_days(prometheus_);
  prometheus_.samples_max = 0;
  EXPECT_THAT(error(), HasSubstr("too many samples"));
  prometheus_.samples_max = SIZE_MAX;
  prometheus_.pairs_max = 0;
  EXPECT_THAT(error(), HasSubstr("larger"));
}

// Years of silence take few queries.
TEST_F(WitnessHistoryTest, GoesBackOverSilence) {
  prometheus_.add("web1", prometheus_.now_ms - 1900 * kDay, 1, 1);
  prometheus_.add("web1", prometheus_.now_ms - kMinute, 9, 9);
  EXPECT_EQ(history().samples, 2U);
  EXPECT_LT(prometheus_.asked.size(), 40U);
}

TEST_F(WitnessHistoryTest, IsReadAsFarAsThereIsSomethingWhereNobodyCounts) {
  prometheus_.counts = false;
  add_two_days(prometheus_);
  prometheus_.add("web1", prometheus_.now_ms - 300 * kDay, 1, 1);
  EXPECT_EQ(history().samples, 2U * 1440 + 1);
}

TEST_F(WitnessHistoryTest, TellsHowFarItIs) {
  add_two_days(prometheus_);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  on_progress_ = [&](std::uint64_t done, std::uint64_t all) { told.emplace_back(done, all); };
  history();
  ASSERT_GT(told.size(), 3U);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), (std::pair<std::uint64_t, std::uint64_t>(2 * 1440, 2 * 1440)));
}

TEST_F(WitnessHistoryTest, OfSeveralAgentsHasToBeChosen) {
  prometheus_.add("web1:9807", prometheus_.now_ms - 2, 5, 5);
  prometheus_.add("web2:9807", prometheus_.now_ms - 1, 6, 6);
  EXPECT_THAT(error(), HasSubstr("--witness-match"));
  EXPECT_THAT(error(), HasSubstr(R"({instance="web2:9807"})"));
  EXPECT_EQ(history(R"({instance="web2:9807"})").series.at(0).runs.at(0).records, 6U);
  EXPECT_THAT(prometheus_.asked.back(), HasSubstr(R"(,instance="web2:9807"})"));
  EXPECT_THAT(error(R"({instance="web3:9807"})"), HasSubstr("web3"));
}

TEST_F(WitnessHistoryTest, TakesNothingButPairsThatAnAgentCanHaveExported) {
  prometheus_.add("web1", prometheus_.now_ms - 9, 5, 5);
  int age = 8;
  for (const auto& [records, head] :
       std::vector<std::pair<std::string, std::string>>{{"", "5"},
                                                        {"5", ""},
                                                        {"NaN", "5"},
                                                        {"5", "+Inf"},
                                                        {"-1", "5"},
                                                        {"1.5", "5"},
                                                        {"5", "9007199254740993"}})
    prometheus_.series["web1"].push_back({prometheus_.now_ms - age--, records, head});
  const WitnessHistory all = history();
  EXPECT_EQ(all.samples, 1U);
  EXPECT_EQ(all.unpaired, 7U);
}

TEST_F(WitnessHistoryTest, OfWhoHasNoneIsAnError) {
  EXPECT_THAT(error(), HasSubstr("no samples"));
}

TEST_F(WitnessHistoryTest, OfWhoAnswersSomethingElseIsAnError) {
  const auto error_of = [](const HttpAnswer& answer) {
    const Ask ask = [&](const std::string&) -> Result<HttpAnswer> { return answer; };
    const auto history = read_witness_history(ask, {});
    return history ? "none" : history.error().message;
  };
  EXPECT_THAT(error_of({.status = 401, .body = "Unauthorized"}), HasSubstr("password"));
  EXPECT_THAT(error_of({.status = 404, .body = "<html>"}), HasSubstr("no Prometheus"));
  EXPECT_THAT(error_of({.status = 200, .body = "<html>"}), HasSubstr("not what Prometheus answers"));
  EXPECT_THAT(error_of({.status = 503, .body = R"({"status":"error","error":"starting"})"}),
              HasSubstr("starting (503)"));
  // Always the same, whatever is asked: samples without end, or of no time that was asked for.
  EXPECT_THAT(error_of({.status = 200,
                        .body = R"({"status":"success","data":{"result":[{"metric":{"__name__":)"
                                R"("purposewatch_evidence_head"},"value":[1000,"5"]}]}})"}),
              HasSubstr("no samples"));
}

TEST(WitnessMatch, HasTheFormOfASelector) {
  EXPECT_TRUE(is_selector(R"({instance="web1:9807"})"));
  for (const char* text : {"", "{}", "instance=\"a\"", "{a", "a}"}) EXPECT_FALSE(is_selector(text)) << text;
}

}  // namespace
}  // namespace purposewatch

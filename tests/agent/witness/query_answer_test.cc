#include "agent/witness/query_answer.h"

#include <gtest/gtest.h>

#include <cmath>

namespace purposewatch {
namespace {

constexpr const char* kMatrix =
    R"({"status":"success","data":{"resultType":"matrix","result":[)"
    R"({"metric":{"__name__":"purposewatch_evidence_head","instance":"web1:9807","job":"j"},)"
    R"("values":[[1700000000.123,"1"],[1700000015,"9007199254740991"],[1700000030.5,"NaN"]]}]}})";

TEST(QueryAnswer, HasTheSamplesOfEachSeries) {
  const auto all = read_query_answer(kMatrix);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 1U);
  const auto& samples = all->front().samples;
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].time_ms, 1'700'000'000'123);
  EXPECT_EQ(samples[1].value, 9007199254740991.0);
  EXPECT_TRUE(std::isnan(samples[2].value));
  EXPECT_EQ(to_string(all->front().labels), R"({instance="web1:9807",job="j"})");
}

TEST(QueryAnswer, OfAMomentHasOneSampleForEachSeries) {
  const auto all =
      read_query_answer(R"({"status":"success","data":{"result":[{"metric":{},"value":[1,"2"]}]}})");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->front().samples.front().value, 2);
}

TEST(QueryAnswer, ThatRefusesIsQuotedAsVisibleText) {
  const auto all = read_query_answer(R"({"status":"error","error":"no \u001b[31m such \u0000"})");
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().message, R"(no \x1b[31m such \x00)");
}

TEST(QueryAnswer, ThatIsNoneIsAnError) {
  for (const char* body :
       {"", "{", "[]", "null", "<html>", "{}", R"({"status":"success"})", R"({"status":"success","data":[]})",
        R"({"status":"success","data":{"result":{}}})", R"({"status":"success","data":{"result":[1]}})",
        R"({"status":"success","data":{"result":[{"metric":{"a":1},"values":[]}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":{"a":[1,"2"]}}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":[[1]]}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":[["1","2"]]}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":[[1,2]]}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":[[1e300,"2"]]}]}})",
        R"({"status":"success","data":{"result":[{"metric":{},"values":[[-1,"2"]]}]}})",
        R"({"status":"error","error":7})", R"({"status":"error"})"})
    EXPECT_FALSE(read_query_answer(body)) << body;
}

TEST(QueryAnswer, MayBeNestedAsDeeplyAsItLikes) {
  EXPECT_FALSE(read_query_answer(std::string(1'000'000, '[')));
  EXPECT_FALSE(read_query_answer(std::string(500'000, '[') + std::string(500'000, ']')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"status":)";
  EXPECT_FALSE(read_query_answer(objects));
}

// Cut off anywhere, or with any byte another one.
TEST(QueryAnswer, SurvivesWhatIsLeftOfIt) {
  const std::string whole = kMatrix;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read_query_answer(whole.substr(0, size))) << size;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const char other : {'\0', '[', '{', '"', '9', '-', '\xff'}) {
      std::string changed = whole;
      changed[at] = other;
      (void)read_query_answer(changed);
    }
}

}  // namespace
}  // namespace purposewatch

#include "agent/paging/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/agent/paging/sample_incident.h"

namespace purposewatch {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kWall = 1'800'000'000'000'000'000;

class DeliveryTest : public testing::Test {
 protected:
  // What the Alertmanager was told in this turn: how many alerts in each request.
  std::vector<std::size_t> turn(Delivery::Time now) {
    posted_.clear();
    (void)delivery_.turn(now, kWall);
    std::vector<std::size_t> sizes;
    for (const std::string& body : posted_) sizes.push_back(nlohmann::json::parse(body).size());
    return sizes;
  }
  void put(int number) {
    Incident incident = sample_incident();
    incident.id = std::to_string(100'000 + number);
    outbox_.put(incident, kWall);
  }
  bool is_due(Delivery::Time now) const { return delivery_.next_turn() <= now; }

  const Delivery::Time start_ = Delivery::Time{} + std::chrono::hours(1);
  Outbox outbox_{sample_alert_settings()};
  std::vector<std::string> posted_;
  bool is_there_ = true;
  Delivery delivery_{outbox_, [this](const std::string& json) -> std::optional<PostProblem> {
                       if (!is_there_) return PostProblem{"nobody there"};
                       posted_.push_back(json);
                       return std::nullopt;
                     }};
};

TEST_F(DeliveryTest, BringsWhatIsNewAtOnceAndAllOfItNowAndThen) {
  put(1);
  ASSERT_TRUE(is_due(start_));
  EXPECT_THAT(turn(start_), ElementsAre(1));
  EXPECT_FALSE(is_due(start_));
  put(2);
  ASSERT_TRUE(is_due(start_));
  EXPECT_THAT(turn(start_ + seconds(1)), ElementsAre(1)) << "only the new one";
  EXPECT_FALSE(is_due(start_ + Delivery::kRepeatInterval - seconds(1)));
  ASSERT_TRUE(is_due(start_ + Delivery::kRepeatInterval));
  EXPECT_THAT(turn(start_ + Delivery::kRepeatInterval), ElementsAre(2));
}

TEST_F(DeliveryTest, TriesAgainAndAgainAndLosesNothing) {
  is_there_ = false;
  put(1);
  EXPECT_THAT(turn(start_), IsEmpty());
  EXPECT_FALSE(is_due(start_));
  Delivery::Time now = start_;
  int tries = 0;
  for (; now < start_ + std::chrono::hours(1); now = std::max(now, delivery_.next_turn()), ++tries) {
    EXPECT_LE(delivery_.next_turn() - now, Delivery::kLastRetry);
    EXPECT_THAT(turn(now), IsEmpty());
    if (tries == 50) put(2);
  }
  EXPECT_LT(tries, 130) << "every half minute is often enough";
  is_there_ = true;
  EXPECT_THAT(turn(now), ElementsAre(2));
  put(3);
  EXPECT_THAT(turn(now), ElementsAre(1));
}

TEST_F(DeliveryTest, NewsDoNotHastenATryThatHasToWait) {
  is_there_ = false;
  put(1);
  turn(start_);
  put(2);
  EXPECT_FALSE(is_due(start_));
  EXPECT_TRUE(is_due(start_ + Delivery::kFirstRetry));
}

TEST_F(DeliveryTest, ManyAreBroughtInSeveralRequests) {
  for (int i = 0; i < 1'200; ++i) put(i);
  EXPECT_THAT(turn(start_), ElementsAre(500, 500, 200));
}

TEST_F(DeliveryTest, AfterAFailureHalfwayAllOfItIsBroughtAgain) {
  for (int i = 0; i < 1'200; ++i) put(i);
  Delivery halfway(outbox_, [this](const std::string& json) -> std::optional<PostProblem> {
    posted_.push_back(json);
    if (posted_.size() == 2) return PostProblem{"gone"};
    return std::nullopt;
  });
  EXPECT_TRUE(halfway.turn(start_, kWall));
  EXPECT_EQ(halfway.delivered(), 0U);
  EXPECT_FALSE(halfway.turn(halfway.next_turn(), kWall));
  EXPECT_THAT(posted_, SizeIs(2 + 3));
  EXPECT_EQ(halfway.delivered(), outbox_.version());
}

TEST_F(DeliveryTest, WhatIsRefusedHoldsUpNothing) {
  for (int i = 0; i < 1'200; ++i) put(i);
  Delivery refused(outbox_, [this](const std::string& json) -> std::optional<PostProblem> {
    posted_.push_back(json);
    if (posted_.size() == 1) return PostProblem{"status 400", /*is_refusal=*/true};
    return std::nullopt;
  });
  EXPECT_EQ(refused.turn(start_, kWall)->message, "status 400");
  EXPECT_THAT(posted_, SizeIs(3)) << "those after it are brought";
  put(1'200);
  EXPECT_LE(refused.next_turn(), start_) << "what is new waits for nothing";
  EXPECT_FALSE(refused.turn(start_, kWall));
  EXPECT_THAT(posted_, SizeIs(4));
}

TEST_F(DeliveryTest, AlsoWithNothingToTellItIsKnownWhetherOneCould) {
  EXPECT_THAT(turn(start_), ElementsAre(0));
  EXPECT_FALSE(is_due(start_));
  EXPECT_TRUE(is_due(start_ + Delivery::kRepeatInterval));
}

}  // namespace
}  // namespace purposewatch

#include "agent/paging/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/paging/sample_incident.h"

namespace purposewatch {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int64_t kOutboxNow = 1'800'000'000'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

class OutboxTest : public testing::Test {
 protected:
  std::vector<Alert> all(std::int64_t now_ns = kOutboxNow) { return outbox_.changes_since(0, now_ns).alerts; }

  Outbox outbox_{sample_alert_settings()};
};

TEST_F(OutboxTest, AnOpenIncidentIsActiveAndAReviewEndsIt) {
  Incident incident = sample_incident();
  outbox_.put(incident, kOutboxNow);
  ASSERT_THAT(all(), SizeIs(1));
  EXPECT_EQ(all()[0].ends_wall_ns, kOutboxNow + Outbox::kActiveNs);
  EXPECT_EQ(all(kOutboxNow + 5)[0].ends_wall_ns, kOutboxNow + 5 + Outbox::kActiveNs);
  const auto labels = all()[0].labels;
  review(incident, kOutboxNow + kSecond);
  outbox_.put(incident, kOutboxNow + kSecond);
  ASSERT_THAT(all(), SizeIs(1));
  EXPECT_EQ(all()[0].ends_wall_ns, kOutboxNow + kSecond);
  EXPECT_EQ(all()[0].labels, labels);
}

TEST_F(OutboxTest, TellsOnlyWhatHasChanged) {
  Incident incident = sample_incident();
  outbox_.put(incident, kOutboxNow);
  const std::uint64_t version = outbox_.version();
  incident.count = 3;  // nothing that a person would read again
  outbox_.put(incident, kOutboxNow);
  EXPECT_EQ(outbox_.version(), version);
  EXPECT_THAT(outbox_.changes_since(version, kOutboxNow).alerts, IsEmpty());
  incident.count = 12;
  outbox_.put(incident, kOutboxNow);
  EXPECT_THAT(outbox_.changes_since(version, kOutboxNow).alerts, SizeIs(1));
  Incident other = sample_incident();
  other.id = "00000000000000bb";
  outbox_.put(other, kOutboxNow);
  EXPECT_THAT(outbox_.changes_since(version, kOutboxNow).alerts, SizeIs(2));
}

TEST_F(OutboxTest, OneThatBecomesMoreSevereIsAnotherAlert) {
  Incident incident = sample_incident();
  incident.severity = Severity::kWarning;
  outbox_.put(incident, kOutboxNow);
  incident.severity = Severity::kCritical;
  outbox_.put(incident, kOutboxNow + kSecond);
  const auto alerts = all();
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].labels.at("severity"), "warning");
  EXPECT_EQ(alerts[0].ends_wall_ns, kOutboxNow + kSecond);
  EXPECT_EQ(alerts[1].labels.at("severity"), "critical");
  EXPECT_EQ(alerts[1].ends_wall_ns, kOutboxNow + Outbox::kActiveNs);
  incident.count = 5'000;
  outbox_.put(incident, kOutboxNow + 2 * kSecond);
  EXPECT_EQ(all()[0].ends_wall_ns, kOutboxNow + kSecond) << "ended once";
}

TEST_F(OutboxTest, OneThatIsOpenedAgainIsActiveAgain) {
  Incident incident = sample_incident();
  review(incident, kOutboxNow);
  outbox_.put(incident, kOutboxNow);
  incident.is_open = true;
  incident.opened_wall_ns = kOutboxNow + kSecond;
  outbox_.put(incident, kOutboxNow + kSecond);
  const auto alerts = all(kOutboxNow + kSecond);
  ASSERT_THAT(alerts, SizeIs(1));
  EXPECT_EQ(alerts[0].starts_wall_ns, kOutboxNow + kSecond);
  EXPECT_EQ(alerts[0].ends_wall_ns, kOutboxNow + kSecond + Outbox::kActiveNs);
}

TEST_F(OutboxTest, NothingStartsLaterThanItEndsWhateverTheClockDid) {
  Incident incident = sample_incident();
  incident.opened_wall_ns = kOutboxNow + 7'200 * kSecond;  // the clock was ahead
  outbox_.put(incident, kOutboxNow);
  EXPECT_EQ(all()[0].starts_wall_ns, kOutboxNow);
  review(incident, kOutboxNow + kSecond);
  outbox_.put(incident, kOutboxNow + kSecond);
  EXPECT_LE(all()[0].starts_wall_ns, all()[0].ends_wall_ns);
}

TEST_F(OutboxTest, TellsAnEndUntilNobodyCanHaveMissedIt) {
  Incident incident = sample_incident();
  review(incident, kOutboxNow);
  outbox_.put(incident, kOutboxNow);
  EXPECT_THAT(all(kOutboxNow + Outbox::kEndedNs), SizeIs(1));
  EXPECT_THAT(all(kOutboxNow + Outbox::kEndedNs + 1), IsEmpty());
  outbox_.put(incident, kOutboxNow + Outbox::kEndedNs + 1);  // as after a restart
  EXPECT_THAT(all(kOutboxNow + Outbox::kEndedNs + 1), IsEmpty());
}

TEST_F(OutboxTest, WhatMayBeToldCanChange) {
  const Incident incident = sample_incident();
  outbox_.put(incident, kOutboxNow);
  const std::uint64_t version = outbox_.version();
  outbox_.use_details(mask_of(AlertDetail::kPerson));
  outbox_.put(incident, kOutboxNow);
  const auto changed = outbox_.changes_since(version, kOutboxNow).alerts;
  ASSERT_THAT(changed, SizeIs(1));
  EXPECT_EQ(changed[0].annotations.at("person"), incident.who);
}

TEST_F(OutboxTest, WhatMayNotBeToldAnyMoreGoesFromEndedAlertsToo) {
  outbox_.use_details(mask_of(AlertDetail::kClient));
  Incident incident = sample_incident();
  incident.severity = Severity::kWarning;
  outbox_.put(incident, kOutboxNow);
  incident.severity = Severity::kCritical;
  outbox_.put(incident, kOutboxNow + kSecond);
  incident.client.clear();  // erased
  outbox_.put(incident, kOutboxNow + 2 * kSecond);
  ASSERT_THAT(all(), SizeIs(2));
  for (const Alert& alert : all()) EXPECT_FALSE(alert.annotations.contains("client"));
  EXPECT_EQ(all()[0].ends_wall_ns, kOutboxNow + kSecond);
}

TEST_F(OutboxTest, OfAnEarlierLifeTheLessSevereOnesEnd) {
  Incident incident = sample_incident();
  incident.severities |= mask_of(Severity::kNotice);  // and has never been a warning
  outbox_.recall(incident, kOutboxNow);
  const auto alerts = all();
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].labels.at("severity"), "notice");
  EXPECT_EQ(alerts[0].ends_wall_ns, kOutboxNow);
  EXPECT_EQ(alerts[1].labels.at("severity"), "critical");
  EXPECT_EQ(alerts[1].ends_wall_ns, kOutboxNow + Outbox::kActiveNs);
}

}  // namespace
}  // namespace purposewatch

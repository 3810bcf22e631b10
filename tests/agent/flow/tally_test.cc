#include "agent/flow/tally.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "rules/flaggable.h"
#include "tests/exporters/sample_findings.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

// imap may read, list and delete mail; contacts are public.
RuleSet rules() {
  RuleSet result;
  result.stores = {store("client-mail", {"communications"}, {"/mail"}),
                   store("contacts", {"open"}, {"/contacts"})};
  result.stores[1].is_public = true;
  result.services.resize(1);
  result.services[0].name = "imap";
  result.purposes.resize(1);
  result.purposes[0].name = "serve";
  const auto kinds = mask_of(AccessKind::kRead) | mask_of(AccessKind::kList) | mask_of(AccessKind::kDelete);
  result.permits = {permit("p", 0, 0, static_cast<AccessMask>(kinds))};
  return result;
}

std::uint64_t permitted(const Health& health, const std::string& store, const std::string& service,
                        const std::string& access) {
  std::uint64_t sum = 0;
  int series = 0;
  for (const AccessCount& count : health.accesses)
    if (count.store == store && count.service == service && count.access == access) {
      sum += count.value;
      ++series;
    }
  EXPECT_EQ(series, 1) << store << " " << service << " " << access;
  return sum;
}

std::uint64_t flagged(const Health& health, const std::string& store, const std::string& access,
                      const std::string& reason) {
  for (const FlaggedCount& count : health.flagged)
    if (count.store == store && count.access == access && count.reason == reason) return count.value;
  ADD_FAILURE() << "no series " << store << " " << access << " " << reason;
  return 0;
}

std::uint64_t lost(const Health& health, const std::string& stage) {
  for (const StageLoss& loss : health.lost)
    if (loss.stage == stage) return loss.value;
  ADD_FAILURE() << "no stage " << stage;
  return 0;
}

Health report(const Tally& tally) {
  Health health;
  tally.report(health);
  return health;
}

TEST(Tally, HasEverySeriesAtZeroFromTheStart) {
  Tally tally;
  tally.expect(rules());
  const Health health = report(tally);
  for (const Flaggable& one : flaggable(rules()))
    EXPECT_EQ(flagged(health, one.store, std::string(name_of(one.kind)), std::string(name_of(one.reason))),
              0U);
  EXPECT_EQ(flagged(health, "client-mail", "read", "unknown-service"), 0U);
  EXPECT_EQ(flagged(health, "client-mail", "write", "access-kind"), 0U);
  EXPECT_EQ(permitted(health, "client-mail", "imap", "read"), 0U);
  EXPECT_EQ(permitted(health, "contacts", "", "list"), 0U);
  ASSERT_EQ(health.stores.size(), 2U);
  EXPECT_EQ(health.stores[0].last_flagged_timestamp, 0);
  EXPECT_EQ(lost(health, "decode"), 0U);
  EXPECT_EQ(lost(health, "orphan"), 0U);
}

TEST(Tally, OfALargePolicyHasTheMostUsualReasonsAtZero) {
  RuleSet large = rules();
  for (int i = 0; i < 25; ++i)
    large.stores.push_back(store("s" + std::to_string(i), {"communications"}, {"/s"}));
  Tally tally;
  tally.expect(large);
  const Health health = report(tally);
  EXPECT_LE(health.flagged.size(), Tally::kFlaggedSeriesMax);
  EXPECT_EQ(flagged(health, "s24", "delete", "unknown-service"), 0U);
  Finding rare = flagged_read();
  rare.verdict.reason = Reason::kTampered;
  tally.count(rare);
  EXPECT_EQ(flagged(report(tally), "client-mail", "read", "tampered"), 1U);
}

TEST(Tally, CountsAFindingForAllAccessesThatItStandsFor) {
  Tally tally;
  tally.expect(rules());
  Finding finding = flagged_read();
  finding.count = 5;
  finding.wall_ns = 2'500'000'000;
  tally.count(finding);
  tally.count(finding);
  const Health health = report(tally);
  EXPECT_EQ(flagged(health, "client-mail", "read", "unknown-service"), 10U);
  EXPECT_EQ(flagged(health, "client-mail", "list", "unknown-service"), 0U);
  EXPECT_EQ(health.delivered, 2U);
  EXPECT_EQ(health.stores[0].suppressed, 8U);
  EXPECT_EQ(health.stores[0].store, "client-mail");
  EXPECT_DOUBLE_EQ(health.stores[0].last_flagged_timestamp, 2.5);
}

std::uint64_t disclosures(const Health& health, const std::string& store, const std::string& verdict) {
  for (const DisclosureCount& count : health.disclosures)
    if (count.store == store && count.kind == "network" && count.verdict == verdict) return count.value;
  ADD_FAILURE() << "no series " << store << " " << verdict;
  return 0;
}

TEST(Tally, CountsDisclosuresByTheirVerdictAndNoneAsAnAccessThatIsPermitted) {
  Tally tally;
  tally.expect(rules());
  EXPECT_EQ(disclosures(report(tally), "client-mail", "flagged"), 0U);
  EXPECT_EQ(disclosures(report(tally), "contacts", "permitted"), 0U);
  EXPECT_EQ(flagged(report(tally), "client-mail", "connect", "no-egress"), 0U);
  Finding finding = disclosed();
  finding.verdict.store = "client-mail";
  finding.count = 3;
  tally.count(finding);
  EXPECT_EQ(disclosures(report(tally), "client-mail", "flagged"), 3U);
  EXPECT_EQ(flagged(report(tally), "client-mail", "connect", "no-egress"), 3U);
  const std::size_t series = report(tally).accesses.size();
  finding.verdict.outcome = Outcome::kPermitted;
  tally.count_permitted_disclosure(finding);
  finding.verdict.outcome = Outcome::kGranted;
  tally.count(finding);
  const Health health = report(tally);
  EXPECT_EQ(disclosures(health, "client-mail", "permitted"), 3U);
  EXPECT_EQ(disclosures(health, "client-mail", "granted"), 3U);
  EXPECT_EQ(health.accesses.size(), series);
  EXPECT_EQ(health.delivered + health.stores[0].suppressed, 9U) << "each counts once";
}

TEST(Tally, AddsWhatWasPermittedLateToTheKernelsCountOfTheSameSeries) {
  Tally tally;
  tally.expect(rules());
  Verdict late;
  late.store = "client-mail";
  late.service = "imap";
  late.purpose = "serve";
  late.permit = "p";
  tally.count_permitted_late(late, AccessKind::kRead, 1);
  Health health;
  // Two permits of the kernel's, one series.
  health.accesses = {{"client-mail", "imap", "serve", "read", 40},
                     {"client-mail", "imap", "serve", "read", 2}};
  tally.report(health);
  EXPECT_EQ(permitted(health, "client-mail", "imap", "read"), 43U);
  EXPECT_EQ(permitted(health, "client-mail", "imap", "list"), 0U);
  EXPECT_EQ(health.delivered, 1U);
}

TEST(Tally, ReportsTheSameWhenAskedTwice) {
  Tally tally;
  tally.expect(rules());
  tally.count(flagged_read());
  const Health first = report(tally), second = report(tally);
  EXPECT_EQ(first.delivered, second.delivered);
  EXPECT_EQ(first.flagged.size(), second.flagged.size());
  EXPECT_EQ(flagged(second, "client-mail", "read", "unknown-service"), 1U);
}

TEST(Tally, AccountsForEveryAccessThatWentUp) {
  Tally tally;
  tally.expect(rules());
  Finding finding = flagged_read();
  finding.count = 7;
  tally.count(finding);
  finding.verdict.outcome = Outcome::kGranted;
  tally.count(finding);
  tally.count_permitted_late({}, AccessKind::kRead, 1);
  tally.count_excepted(1);
  tally.count_orphans(2);  // one open for reading and writing whose process is unknown
  const Health health = report(tally);
  const std::uint64_t seen = 18;
  EXPECT_EQ(health.delivered + health.stores[0].suppressed + lost(health, "orphan"), seen);
}

TEST(Tally, CountsUndecodableRecordsByThemselves) {
  Tally tally;
  tally.count_undecodable();
  EXPECT_EQ(lost(report(tally), "decode"), 1U);
  EXPECT_EQ(report(tally).delivered, 0U);
}

TEST(Tally, KeepsTheSeriesOfAnOlderPolicy) {
  Tally tally;
  tally.expect(rules());
  tally.count(flagged_read());
  RuleSet next;
  next.stores = {store("billing", {"payment"}, {"/billing"})};
  tally.expect(next);
  const Health health = report(tally);
  EXPECT_EQ(flagged(health, "client-mail", "read", "unknown-service"), 1U);
  EXPECT_EQ(flagged(health, "billing", "read", "unknown-service"), 0U);
}

TEST(Tally, LosesNothingBetweenThreads) {
  Tally tally;
  tally.expect(rules());
  constexpr int kEach = 2000;
  const auto count = [&] {
    for (int i = 0; i < kEach; ++i) tally.count(flagged_read());
  };
  std::thread one(count), two(count);
  for (int i = 0; i < 50; ++i) EXPECT_LE(report(tally).delivered, 2U * kEach);
  one.join();
  two.join();
  EXPECT_EQ(report(tally).delivered, 2U * kEach);
}

TEST(Tally, GoesOnWhereTheAgentBeforeEnded) {
  Tally before;
  before.expect(rules());
  before.count(flagged_read());
  Tally tally;
  tally.expect(rules());
  tally.recall(before.flagged());
  EXPECT_EQ(flagged(report(tally), "client-mail", "read", "unknown-service"), flagged_read().count);
  EXPECT_EQ(report(tally).delivered, 0U);
  tally.count(flagged_read());
  EXPECT_EQ(flagged(report(tally), "client-mail", "read", "unknown-service"), 2 * flagged_read().count);
  EXPECT_DOUBLE_EQ(tally.flagged().last_timestamps.at("client-mail"),
                   static_cast<double>(flagged_read().wall_ns) / 1e9);
}

TEST(Tally, RecallsNothingThatHasNoName) {
  FlaggedTotals before;
  before.counts[{"client-mail", "stare", "unknown-service"}] = 3;
  before.counts[{"client-mail", "read", "because"}] = 3;
  Tally tally;
  tally.recall(before);
  EXPECT_TRUE(tally.flagged().counts.empty());
}

}  // namespace
}  // namespace purposewatch

#include "agent/flow/ledger.h"

#include <gtest/gtest.h>

#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

constexpr std::uint64_t kStart = 7'000'000'000;

Finding permitted(std::uint64_t boot_ns, std::uint64_t count = 1) {
  Finding finding = disclosed(Outcome::kPermitted);
  finding.boot_ns = boot_ns;
  finding.wall_ns = finding.first_wall_ns = static_cast<std::int64_t>(boot_ns) + 1;
  finding.count = count;
  return finding;
}

TEST(Ledger, TellsTheFirstAndCountsTheRest) {
  Ledger ledger;
  const auto first = ledger.take(permitted(kStart, 2));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->count, 2U);
  EXPECT_FALSE(ledger.take(permitted(kStart + 1, 3)));
  EXPECT_FALSE(ledger.take(permitted(kStart + 2)));
  EXPECT_TRUE(ledger.take_due(kStart + Ledger::kFoldNs - 1).empty());
  const auto due = ledger.take_due(kStart + Ledger::kFoldNs);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].count, 4U);
  EXPECT_EQ(due[0].boot_ns, kStart + 2);
  EXPECT_EQ(due[0].first_wall_ns, static_cast<std::int64_t>(kStart + 1) + 1);
  EXPECT_TRUE(ledger.take_all().empty()) << "nothing is told twice";
}

TEST(Ledger, ForgetsWhatDidNotHappenForAnHour) {
  Ledger ledger;
  EXPECT_TRUE(ledger.take(permitted(kStart)));
  EXPECT_TRUE(ledger.take_due(kStart + Ledger::kFoldNs).empty());
  EXPECT_TRUE(ledger.take(permitted(kStart + Ledger::kFoldNs))) << "as the first one";
}

TEST(Ledger, TellsApartWhoWhereAndWhose) {
  Ledger ledger;
  std::vector<Finding> different(8, permitted(kStart));
  different[1].verdict.store = "another";
  different[2].verdict.client = "another";
  different[3].verdict.service = "another";
  different[4].access.disclosure->address = "192.0.2.54";
  different[5].access.disclosure->port = 54;
  different[6].access.disclosure->protocol = "tcp";
  different[7].access.disclosure->is_answer = true;
  for (const Finding& one : different) EXPECT_TRUE(ledger.take(one));
  for (const Finding& one : different) EXPECT_FALSE(ledger.take(one));
  EXPECT_EQ(ledger.take_all().size(), different.size());
}

TEST(Ledger, TellsAtOnceWhatItHasNoRoomFor) {
  Ledger ledger;
  Finding finding = permitted(kStart);
  for (std::size_t i = 0; i < Ledger::kEntriesMax; ++i) {
    finding.verdict.client = std::to_string(i);
    ASSERT_TRUE(ledger.take(finding));
  }
  finding.verdict.client = "one more";
  EXPECT_TRUE(ledger.take(finding));
  EXPECT_TRUE(ledger.take(finding));
}

}  // namespace
}  // namespace purposewatch

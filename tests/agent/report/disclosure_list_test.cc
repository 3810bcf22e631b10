#include "agent/report/disclosure_list.h"

#include <gtest/gtest.h>

#include "tests/exporters/event_lines.h"
#include "tests/exporters/sample_findings.h"

namespace purposewatch {
namespace {

Finding copied(const std::string& path) {
  Finding finding = disclosed();
  finding.access.disclosure = Disclosure{};
  finding.access.disclosure->kind = DisclosureKind::kCopy;
  finding.access.disclosure->path = path;
  return finding;
}

TEST(DisclosureList, CountsWhatLeadsToOnePlace) {
  DisclosureList list(10);
  Finding permitted = disclosed(Outcome::kPermitted);
  permitted.count = 7;
  list.take_finding(event_of(permitted), 1, 100);
  list.take_finding(event_of(disclosed(Outcome::kPermitted)), 2, 200);
  list.take_finding(event_of(copied("/tmp/x")), 3, 300);
  list.take_finding(event_of(flagged_read()), 4, 400);
  const auto ways = list.list(10).rows;
  ASSERT_EQ(ways.size(), 2U) << "what is no way out is none";
  EXPECT_EQ(ways[0].to, "/tmp/x") << "what was flagged comes first";
  EXPECT_EQ(ways[0].verdict, "flagged");
  EXPECT_EQ(ways[1].to, "udp 192.0.2.53:53");
  EXPECT_EQ(ways[1].count, 8U);
  EXPECT_EQ(ways[1].first_ns, 100);
  EXPECT_EQ(ways[1].last_ns, 200);
  EXPECT_EQ(ways[1].first_record, 1U);
}

TEST(DisclosureList, IsBounded) {
  DisclosureList list(3);
  for (int i = 0; i < 5; ++i) list.take_finding(event_of(copied("/tmp/" + std::to_string(i))), 1, 1);
  EXPECT_EQ(list.list(2).rows.size(), 2U);
  EXPECT_EQ(list.list(2).more, 3U);
}

}  // namespace
}  // namespace purposewatch

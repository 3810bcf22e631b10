#include "rules/safeguards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "rules/language/policy.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kBase =
    "policy: {name: t, version: 1}\n"
    "classes: {mail: {clause: P2}}\n"
    "stores: {a: {class: mail, paths: /a}, b: {class: mail, paths: /b}}\n";

std::shared_ptr<const RuleSet> rules_of(const std::string& text) {
  const LoadedPolicy loaded = check_policy({{"p.yaml", kBase + text}});
  for (const Diagnostic& diagnostic : loaded.diagnostics)
    if (diagnostic.severity == Diagnostic::Severity::kError) ADD_FAILURE() << to_string(diagnostic);
  return loaded.rules;
}

TEST(SafeguardSorts, AreEachOfOneNameAndNeedNoKeyThatTheyDoNotTake) {
  std::set<std::string_view> names;
  for (const SafeguardSort& sort : safeguard_sorts()) {
    EXPECT_TRUE(names.insert(sort.name).second) << sort.name;
    EXPECT_EQ(sort.needed & ~sort.keys, 0) << sort.name;
    EXPECT_EQ(sort.within.empty(), (sort.keys & mask_of(SafeguardKey::kWithin)) == 0) << sort.name;
    EXPECT_TRUE(sort.within.empty() || parse_duration(std::string(sort.within))) << sort.name;
    EXPECT_EQ(safeguard_sort(sort.name), &sort);
  }
  EXPECT_EQ(safeguard_sort("moat"), nullptr);
}

TEST(SafeguardsOfAPolicy, HaveWhatIsUsualWhereItSaysNothing) {
  const auto rules =
      rules_of("safeguards: {store-space: {}, chassis-intrusion: {}, incidents-reviewed: {}}\n");
  ASSERT_EQ(rules->safeguards.size(), 3U);
  EXPECT_EQ(rules->safeguards[0].name, "chassis-intrusion") << "in the order of the sorts";
  EXPECT_EQ(rules->safeguards[0].kind, SafeguardKind::kPhysical);
  EXPECT_EQ(rules->safeguards[0].clause, "P3");
  EXPECT_THAT(rules->safeguards[0].stores, IsEmpty());
  EXPECT_THAT(rules->safeguards[1].stores, ElementsAre(0, 1));
  EXPECT_EQ(rules->safeguards[1].free_percent, 10U);
  EXPECT_EQ(rules->safeguards[2].within, std::chrono::hours(7 * 24));
}

TEST(SafeguardsOfAPolicy, SayMore) {
  const auto rules = rules_of(
      "safeguards:\n"
      "  store-space: {stores: b, free: 25%, clause: P4}\n"
      "  usb-devices-known: {allow: ['046d:c31c', '1d6b:*']}\n"
      "  store-mount-options: {stores: all, options: [nosuid, nodev]}\n"
      "  backup-fresh: {files: /var/backups/*.ok, within: 2h}\n");
  ASSERT_EQ(rules->safeguards.size(), 4U);
  EXPECT_THAT(rules->safeguards[0].allow, ElementsAre("046d:c31c", "1d6b:*"));
  EXPECT_THAT(rules->safeguards[1].options, ElementsAre("nosuid", "nodev"));
  EXPECT_THAT(rules->safeguards[1].stores, ElementsAre(0, 1));
  EXPECT_THAT(rules->safeguards[2].stores, ElementsAre(1));
  EXPECT_EQ(rules->safeguards[2].free_percent, 25U);
  EXPECT_EQ(rules->safeguards[2].clause, "P4");
  EXPECT_THAT(rules->safeguards[3].files, ElementsAre("/var/backups/*.ok"));
  EXPECT_EQ(rules->safeguards[3].within, std::chrono::hours(2));
}

TEST(SafeguardsOfAPolicy, CanBeOtherOnOneHost) {
  const auto rules = rules_of(
      "safeguards: {store-space: {stores: [a, b], free: 20%}, secure-boot: {}, store-permissions: {stores: "
      "a}}\n"
      "override: {safeguards: {store-space: {free: 5%}}, remove: {safeguards: secure-boot, stores: a}}\n");
  ASSERT_EQ(rules->safeguards.size(), 1U) << "one is removed, another has no store any more";
  EXPECT_EQ(rules->safeguards[0].free_percent, 5U);
  EXPECT_THAT(rules->safeguards[0].stores, ElementsAre(0)) << "which is b now";
}

}  // namespace
}  // namespace purposewatch

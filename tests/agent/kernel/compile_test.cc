#include "agent/kernel/compile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/kernel/address.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

constexpr AccessMask kRead = mask_of(AccessKind::kRead), kList = mask_of(AccessKind::kList),
                     kWrite = mask_of(AccessKind::kWrite);

class Compile : public testing::Test {
 protected:
  Compile() {
    rules_.purposes.resize(2);
    rules_.purposes[0].name = "serve";
    rules_.purposes[1].name = "keep";
    rules_.stores = {store("mail", {"c"}, {"/mail/{client}"})};
  }
  const KernelTables& compiled(std::uint32_t slots_max = 100) {
    slots_ = CounterSlots(slots_max);
    policy_ = compile(std::make_shared<const RuleSet>(rules_),
                      {[](const std::string& name) {
                         return name == "vmail" ? std::optional<std::uint32_t>(150) : std::nullopt;
                       },
                       [](const std::string& name) {
                         return name == "mail" ? std::optional<std::uint32_t>(8) : std::nullopt;
                       }},
                      programs_, slots_);
    return policy_->tables;
  }
  const pw_permit* row(const KernelTables& tables, std::uint16_t of_service, std::uint16_t of_store) {
    for (const auto& [key, value] : tables.permits)
      if (key.service == of_service && key.store == of_store) return &value;
    return nullptr;
  }

  RuleSet rules_;
  ProgramNumbers programs_;
  CounterSlots slots_{0};
  std::shared_ptr<const CompiledPolicy> policy_;
};

TEST_F(Compile, KeepsTheRulesThatItWasMadeFrom) {
  compiled();
  ASSERT_TRUE(policy_->rules);
  EXPECT_EQ(policy_->rules->stores[0].name, "mail");
}

TEST_F(Compile, OfEmptyRulesPermitsNothingAndKnowsEveryProgram) {
  rules_ = {};
  const KernelTables& tables = compiled();
  EXPECT_TRUE(tables.permits.empty());
  EXPECT_TRUE(tables.anchors.directories().empty());
  ASSERT_EQ(tables.candidates.count(0), 1U);
  EXPECT_EQ(tables.candidates.at(0).count, 0U);
}

TEST_F(Compile, MakesServicesWithoutAnExecutableCandidatesOfEveryProgramInThePolicysOrder) {
  rules_.services = {service("imap", {"/imap"}), service("self", {}), service("both", {"/imap", "/php"})};
  rules_.services[1].owner = true;
  const KernelTables& tables = compiled();
  const pw_candidates& imap = tables.candidates.at(programs_.number("/imap"));
  ASSERT_EQ(imap.count, 3U);
  EXPECT_EQ((std::vector<int>{imap.service[0], imap.service[1], imap.service[2]}),
            (std::vector<int>{0, 1, 2}));
  const pw_candidates& php = tables.candidates.at(programs_.number("/php"));
  ASSERT_EQ(php.count, 2U);
  EXPECT_EQ((std::vector<int>{php.service[0], php.service[1]}), (std::vector<int>{1, 2}));
  const pw_candidates& other = tables.candidates.at(0);
  ASSERT_EQ(other.count, 1U);
  EXPECT_EQ(other.service[0], 1);
  EXPECT_EQ(tables.services[1].flags, static_cast<__u32>(PW_SERVICE_NEEDS_OWNER));
}

TEST_F(Compile, SaysWhenAProgramIsMoreServicesThanFit) {
  for (int i = 0; i < PW_SERVICES_PER_TASK; ++i)
    rules_.services.push_back(service("s" + std::to_string(i), {"/imap"}));
  EXPECT_EQ(compiled().candidates.at(programs_.number("/imap")).overflow, 0U);
  rules_.services.push_back(service("one-more", {"/imap"}));
  const pw_candidates& full = compiled().candidates.at(programs_.number("/imap"));
  EXPECT_EQ(full.overflow, 1U);
  EXPECT_EQ(full.count, static_cast<__u32>(PW_SERVICES_PER_TASK));
}

TEST_F(Compile, ComparesKnownUsersByIdAndLeavesUnknownOnesToUserSpace) {
  rules_.services = {service("imap", {"/imap"}), service("later", {"/later"})};
  rules_.services[0].user = "vmail";
  rules_.services[1].user = "not-yet";
  const KernelTables& tables = compiled();
  EXPECT_EQ(tables.services[0].flags, static_cast<__u32>(PW_SERVICE_NEEDS_USER));
  EXPECT_EQ(tables.services[0].user, 150U);
  EXPECT_TRUE(tables.services[1].flags & PW_SERVICE_UNDECIDABLE);
}

TEST_F(Compile, NumbersTheScriptsAndParentsThatAServiceIsKnownBy) {
  rules_.services = {service("job", {"/bash"}), service("tool", {"/restic"}), service("imap", {"/imap"})};
  rules_.services[0].script = {"/job.sh", "/other.sh"};
  rules_.services[1].parents = {0, 2};
  const KernelTables& tables = compiled();
  EXPECT_EQ(tables.services[0].flags, static_cast<__u32>(PW_SERVICE_NEEDS_SCRIPT));
  EXPECT_EQ(tables.services[1].flags, static_cast<__u32>(PW_SERVICE_NEEDS_PARENT));
  EXPECT_EQ(tables.services[2].flags, 0U);
  const auto knows = [&](int of, pw_role role, const std::string& path) {
    return std::any_of(tables.origins.begin(), tables.origins.end(), [&](const pw_origin_key& key) {
      return key.service == of && key.role == role && key.program == programs_.number(path);
    });
  };
  EXPECT_EQ(tables.origins.size(), 5U);
  EXPECT_TRUE(knows(0, PW_AS_SCRIPT, "/job.sh"));
  EXPECT_TRUE(knows(0, PW_AS_SCRIPT, "/other.sh"));
  EXPECT_TRUE(knows(1, PW_AS_PARENT, "/job.sh"));
  EXPECT_TRUE(knows(1, PW_AS_PARENT, "/imap"));
  EXPECT_FALSE(knows(1, PW_AS_PARENT, "/bash")) << "a parent that has a script is known by it";
  EXPECT_TRUE(programs_.is_script(programs_.number("/job.sh")));
  EXPECT_FALSE(programs_.is_script(programs_.number("/imap")));
}

TEST_F(Compile, KnowsWhichStoreServesAPort) {
  rules_.stores.push_back(store("db", {"c"}, {}));
  rules_.stores[1].ports = {{"tcp:*:3306", std::nullopt, 3306, {}}, {"tcp:[::1]:3307", "::1", 3307, {}}};
  const auto& ports = compiled().ports;
  ASSERT_EQ(ports.size(), 3U);
  for (const auto& [key, store] : ports) EXPECT_EQ(store, 1U);
  EXPECT_EQ(ports[0].first.port, 3306U);
  EXPECT_EQ(to_string(ports[0].first.address), "::") << "any";
  EXPECT_EQ(ports[1].first.port, 3307U);
  EXPECT_EQ(to_string(ports[1].first.address), "::1");
  EXPECT_EQ(ports[2].first.port, 3307U);
  EXPECT_TRUE(ports[2].first.is_shared) << "its socket may answer at others";
}

TEST_F(Compile, NumbersEachUnitPatternOnce) {
  rules_.services = {service("a", {"/a"}), service("b", {"/b"}), service("c", {"/c"})};
  rules_.services[0].unit = rules_.services[2].unit = "dovecot.service";
  rules_.services[1].unit = "backup@*.service";
  const KernelTables& tables = compiled();
  EXPECT_EQ(tables.unit_patterns, (std::vector<std::string>{"dovecot.service", "backup@*.service"}));
  EXPECT_EQ(tables.services[0].unit, tables.services[2].unit);
  const auto units = units_of(tables, "backup@mail.service");
  ASSERT_TRUE(units);
  ASSERT_EQ(units->count, 1U);
  EXPECT_EQ(units->unit[0], 1);
  EXPECT_EQ(units_of(tables, "")->count, 0U);
  EXPECT_EQ(units_of(tables, "cron.service")->count, 0U);
}

TEST_F(Compile, DoesNotCutTheListOfUnitsThatACgroupMatches) {
  KernelTables tables;
  for (int i = 0; i < PW_UNITS_PER_CGROUP; ++i)
    tables.unit_patterns.push_back("x*.service" + std::string(i, '*'));
  EXPECT_EQ(units_of(tables, "x.service")->count, static_cast<__u32>(PW_UNITS_PER_CGROUP));
  tables.unit_patterns.push_back("*");
  EXPECT_EQ(units_of(tables, "x.service"), std::nullopt);
}

TEST_F(Compile, GivesEachKindOfAPermitItsCounter) {
  rules_.services = {service("imap", {"/imap"})};
  rules_.permits = {permit("p", 0, 0, kRead | kList), permit("q", 0, 0, kWrite, 1)};
  const pw_permit* made = row(compiled(), 0, 0);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->kinds, static_cast<__u32>(kRead | kList | kWrite));
  EXPECT_EQ(slots_.labels().at(made->counter[PW_WRITE]).tie(),
            (CounterLabel{"mail", "imap", "q", "keep", AccessKind::kWrite}.tie()));
  EXPECT_EQ(slots_.labels().at(made->counter[PW_LIST]).tie(),
            (CounterLabel{"mail", "imap", "p", "serve", AccessKind::kList}.tie()));
}

TEST_F(Compile, LetsAnyoneReadAndListAPublicStoreAndCountsItForNoService) {
  rules_.stores[0].is_public = true;
  rules_.services = {service("imap", {"/imap"})};
  rules_.permits = {permit("p", 0, 0, kRead | kWrite)};
  const KernelTables& tables = compiled();
  const pw_permit* anyone = row(tables, PW_ANYONE, 0);
  ASSERT_NE(anyone, nullptr);
  EXPECT_EQ(anyone->kinds, static_cast<__u32>(kRead | kList));
  EXPECT_EQ(slots_.labels().at(anyone->counter[PW_READ]).permit, "public");
  EXPECT_EQ(row(tables, 0, 0)->kinds, static_cast<__u32>(kWrite));
}

TEST_F(Compile, LeavesToUserSpaceWhatHasNoCounter) {
  rules_.services = {service("imap", {"/imap"})};
  rules_.permits = {permit("p", 0, 0, kRead | kList | kWrite)};
  const pw_permit* made = row(compiled(2), 0, 0);
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->kinds, static_cast<__u32>(kRead | kList));
}

TEST_F(Compile, KeepsProgramNumbersAndCountersOverAReload) {
  rules_.services = {service("imap", {"/imap"}), service("php", {"/php"})};
  compiled();
  const std::uint32_t php = programs_.number("/php");
  rules_.services.erase(rules_.services.begin());
  const KernelTables& tables = compiled();
  EXPECT_EQ(programs_.number("/php"), php);
  EXPECT_EQ(tables.candidates.count(programs_.number("/imap")), 0U);
}

}  // namespace
}  // namespace purposewatch

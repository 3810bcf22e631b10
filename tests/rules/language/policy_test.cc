#include "rules/language/policy.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "rules/language/run_tests.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

namespace fs = std::filesystem;

TEST(Policy, BecomesRulesAsWritten) {
  const LoadedPolicy loaded =
      check_policy({{"p.yaml",
                     "policy: {name: t, version: \"2011-04-24\", review-by: 2028-02-29}\n"
                     "classes: {mail: {clause: P2}, open: {clause: P5, public: true}}\n"
                     "purposes: {serve: {clause: P4, dpv: ServiceProvision, classes: all}}\n"
                     "stores:\n"
                     "  m: {class: [mail, open], paths: [\"/h/{client}/M*\"], except: [\"/h/*/M*/x\"]}\n"
                     "  o: {class: open, paths: /o}\n"
                     "services:\n"
                     "  a: {exe: [/a, /b], user: \"33\", unit: \"u@*.service\"}\n"
                     "  b: {owner: true}\n"
                     "permits:\n"
                     "  - {service: [a, b], store: [m, o], access: [read, exec], purpose: serve}\n"
                     "  - {service: b, store: m, access: list, purpose: serve, name: listing}\n"}});
  ASSERT_TRUE(loaded.rules);
  EXPECT_TRUE(loaded.diagnostics.empty());
  const RuleSet& rules = *loaded.rules;
  EXPECT_EQ(rules.identity.version, "2011-04-24");
  EXPECT_EQ(rules.review_by, "2028-02-29");
  EXPECT_EQ(rules.purposes.at(0).classes, (std::vector<std::string>{"mail", "open"}));
  EXPECT_EQ(rules.purposes.at(0).dpv, "ServiceProvision");
  EXPECT_FALSE(rules.stores.at(0).is_public) << "one of its classes is not public";
  EXPECT_TRUE(rules.stores.at(1).is_public);
  EXPECT_EQ(rules.stores.at(0).paths.at(0).components, pattern("/h/{client}/M*").components);
  EXPECT_EQ(rules.stores.at(0).except.size(), 1U);
  EXPECT_EQ(rules.services.at(0).exe, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(rules.services.at(0).user, "33");
  EXPECT_TRUE(rules.services.at(1).owner);
  ASSERT_EQ(rules.permits.size(), 5U);
  EXPECT_EQ(rules.permits[1].name, "a/o/serve");
  EXPECT_EQ(rules.permits[1].access, mask_of(AccessKind::kRead) | mask_of(AccessKind::kExec));
  EXPECT_EQ(rules.permits[4].name, "listing");
}

TEST(Policy, SaysWhatAlertsTellOfPeople) {
  const auto details = [](const std::string& privacy) {
    const LoadedPolicy loaded = check_policy({{"p.yaml", "policy: {name: t, version: 1" + privacy + "}\n"}});
    EXPECT_TRUE(loaded.rules) << privacy;
    return loaded.rules ? loaded.rules->alert_details : AlertDetails{255};
  };
  EXPECT_EQ(details(""), mask_of(AlertDetail::kClientPseudonym));
  EXPECT_EQ(details(", privacy: {}"), mask_of(AlertDetail::kClientPseudonym));
  EXPECT_EQ(details(", privacy: {alerts: nothing}"), 0);
  EXPECT_EQ(details(", privacy: {alerts: [client, person]}"),
            mask_of(AlertDetail::kClient) | mask_of(AlertDetail::kPerson));
}

TEST(Policy, DigestIsOfTheBytesInOrder) {
  const std::string head = "policy: {name: t, version: 1}\n", more = "classes: {}\n";
  const auto digest = [](const std::vector<PolicyText>& texts) {
    return check_policy(texts).rules->identity.digest;
  };
  // printf '\0\0\0\0\0\0\0\036policy: {name: t, version: 1}\n' | sha256sum
  EXPECT_EQ(digest({{"a", head}}), "bacf85d4fa8edf01482b471e6635d0ff990eb69597437af32690624a094216c3");
  EXPECT_EQ(digest({{"a", head}}), digest({{"b", head}}));
  EXPECT_NE(digest({{"a", head}, {"b", more}}), digest({{"b", more}, {"a", head}}));
  EXPECT_NE(digest({{"a", head}, {"b", more}}), digest({{"a", head + more}}));
}

// A directory that goes away with the test.
class PolicyFiles : public testing::Test {
 protected:
  PolicyFiles() {
    std::string name = (fs::temp_directory_path() / "policy-files-XXXXXX").string();
    if (!::mkdtemp(name.data())) std::abort();
    root_ = name;
  }
  ~PolicyFiles() override { fs::remove_all(root_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name) << text;
    return (root_ / name).string();
  }
  std::string first_complaint(const std::string& path) {
    const LoadedPolicy loaded = load_policy({path});
    EXPECT_EQ(loaded.rules, nullptr);
    return loaded.diagnostics.empty() ? "" : to_string(loaded.diagnostics.front());
  }
  fs::path root_;
};

TEST_F(PolicyFiles, OfADirectoryAreReadInNameOrderAndOnlyYaml) {
  write("20-more.yaml", "classes: {mail: {clause: P2}}\n");
  write("10-head.yaml", "policy: {name: t, version: 1}\n");
  write(".hidden.yaml", "broken: [\n");
  write("notes.txt", "broken: [\n");
  const LoadedPolicy loaded = load_policy({root_.string()});
  ASSERT_TRUE(loaded.rules);
  EXPECT_EQ(loaded.rules->identity.digest,
            load_policy({(root_ / "10-head.yaml").string(), (root_ / "20-more.yaml").string()})
                .rules->identity.digest);
}

TEST_F(PolicyFiles, ThatCannotBeReadAreDiagnosticsOfTheirOwn) {
  const std::string missing = (root_ / "missing.yaml").string();
  EXPECT_EQ(first_complaint(missing), missing + ": error: cannot be read: No such file or directory");
  EXPECT_EQ(first_complaint(root_.string()), root_.string() + ": error: holds no *.yaml file");
  const std::string pipe = (root_ / "pipe.yaml").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(first_complaint(pipe), pipe + ": error: not a regular file");
}

TEST_F(PolicyFiles, WithoutAnyPathAreNoPolicy) {
  EXPECT_EQ(load_policy({}).rules, nullptr);
}

TEST(PolicyTests, TellWhatWasExpectedAndWhatCame) {
  const LoadedPolicy loaded = check_policy(
      {{"p.yaml", kHead + "stores: {m: {class: mail, paths: '/m/{client}'}}\n"
                          "services: {s: {exe: /s, user: al, owner: true}}\n"
                          "permits:\n  - {service: s, store: m, access: read, purpose: serve}\n"
                          "tests:\n"
                          "  - {who: {exe: /s, user: al}, access: read, path: /m/al/x, owner: al, expect: "
                          "permitted, client: al}\n"
                          "  - {who: {exe: /s, user: al}, access: read, path: /m/al/x, owner: bo, expect: "
                          "permitted, client: bo}\n"
                          "  - {who: {exe: /s, user: root}, access: read, path: /m/al/x, owner: \"0\", "
                          "expect: flagged, reason: user-mismatch, service: s, clause: P4}\n"
                          "  - {who: {exe: /t}, access: read, path: /x, expect: no-store}\n"}});
  ASSERT_TRUE(loaded.rules);
  std::vector<TestResult> results;
  for (const PolicyTest& test : loaded.rules->tests) results.push_back(run_test(*loaded.rules, test));
  EXPECT_TRUE(results.at(0).passed());
  ASSERT_EQ(results.at(1).differences.size(), 2U);
  EXPECT_EQ(results[1].differences[0].what, "expect");
  EXPECT_EQ(results[1].differences[0].expected, "permitted");
  EXPECT_EQ(results[1].differences[0].got, "flagged");
  EXPECT_EQ(results[1].differences[1].what, "client");
  EXPECT_EQ(results[1].got.reason, Reason::kNotOwner);
  EXPECT_TRUE(results.at(2).passed());
  EXPECT_TRUE(results.at(3).passed());
}

TEST(ShippedPolicy, IsSoundAndPassesItsOwnTests) {
  const LoadedPolicy loaded = load_policy({std::string(PURPOSEWATCH_RULES_DIR) + "/mmshosting.yaml"});
  for (const Diagnostic& one : loaded.diagnostics) ADD_FAILURE() << to_string(one);
  ASSERT_TRUE(loaded.rules);
  for (const PolicyTest& test : loaded.rules->tests)
    for (const Difference& one : run_test(*loaded.rules, test).differences)
      ADD_FAILURE() << to_string(test.at) << ": expected " << one.what << " " << one.expected << ", got "
                    << one.got;
}

// Each store has a test that permits and one that flags.
TEST(ShippedPolicy, TestsEveryStoreBothWays) {
  const LoadedPolicy loaded = load_policy({std::string(PURPOSEWATCH_RULES_DIR) + "/mmshosting.yaml"});
  ASSERT_TRUE(loaded.rules);
  std::map<std::string, std::set<Outcome>> outcomes;
  for (const PolicyTest& test : loaded.rules->tests) {
    const Verdict got = run_test(*loaded.rules, test).got;
    outcomes[got.store].insert(got.outcome);
  }
  for (const Store& one : loaded.rules->stores) {
    EXPECT_TRUE(outcomes[one.name].count(Outcome::kPermitted)) << one.name;
    EXPECT_TRUE(outcomes[one.name].count(Outcome::kFlagged)) << one.name;
  }
}

TEST(PolicyWarnings, TellOfPermitsThatAreWiderThanTheirPurposeAndOfStoresThatNobodyReads) {
  EXPECT_EQ(complaints("policy: {name: t, version: 1}\n"
                       "classes: {mail: {clause: P2}}\n"
                       "purposes:\n"
                       "  tell: {clause: P4, classes: [mail], access: [read, list]}\n"
                       "  log: {clause: P4, classes: [mail]}\n"
                       "stores: {m: {class: mail, paths: /m}, l: {class: mail, paths: /l}, d: {class: mail, "
                       "sockets: /d}}\n"
                       "services: {s: {exe: /s}}\n"
                       "permits:\n"
                       "  - {service: s, store: m, access: [read, write, delete], purpose: tell}\n"
                       "  - {service: s, store: [l, d], access: [write, create], purpose: log}\n"),
            (std::vector<std::string>{
                "p.yaml:6:39: warning: no permit lets anybody read store 'l'",
                "p.yaml:6:68: warning: no permit lets anybody read store 'd'",
                "p.yaml:9:5: warning: the permit is wider than purpose 'tell' needs: write, delete"}));
}

}  // namespace
}  // namespace purposewatch

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "rules/judge.h"
#include "rules/path_match.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

RuleSet mail_rules() {
  RuleSet rules;
  rules.stores = {store("virtual", {"mail"}, {"/var/vmail/{domain}/{client}"}),
                  store("home", {"mail"}, {"/home/{client}/Maildir", "/home/{client}/mail*"},
                        {"/home/{client}/Maildir/dovecot.index*"})};
  return rules;
}

TEST(MatchStore, CoversWhatThePatternNamesAndEverythingBeneath) {
  const RuleSet rules = mail_rules();
  for (const char* path : {"/var/vmail/example.org/alice", "/var/vmail/example.org/alice/cur/1:2,S"}) {
    const auto match = match_store(rules, path);
    ASSERT_TRUE(match) << path;
    EXPECT_EQ(match->store, 0U);
    EXPECT_EQ(match->client, "alice");
    EXPECT_EQ(match->captures, (std::map<std::string, std::string>{{"domain", "example.org"}}));
  }
}

TEST(MatchStore, LeavesAloneWhatLiesAboveOrBeside) {
  const RuleSet rules = mail_rules();
  for (const char* path :
       {"/", "", "relative", "/var", "/var/vmail", "/var/vmail/example.org", "/var/vmailx/a/b",
        "/home/alice/Maildirs", "/home/Maildir", "/xhome/alice/Maildir"})
    EXPECT_FALSE(match_store(rules, path)) << path;
}

TEST(MatchStore, AGlobStandsForPartOfOneComponent) {
  const auto match = match_store(mail_rules(), "/home/bob/mail-old/x");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->pattern, "/home/{client}/mail*");
  EXPECT_FALSE(match_store(mail_rules(), "/home/bob/sub/mail"));
}

TEST(MatchStore, AnExceptionTakesItsSubtreeOut) {
  EXPECT_FALSE(match_store(mail_rules(), "/home/bob/Maildir/dovecot.index.cache"));
  EXPECT_FALSE(match_store(mail_rules(), "/home/bob/Maildir/dovecot.index/deep"));
  EXPECT_TRUE(match_store(mail_rules(), "/home/bob/Maildir/dovecot.list"));
}

TEST(MatchStore, TakesNamesOfAnyBytes) {
  const std::string name = "\xff\n\x1b[31m*{x}";
  const auto match = match_store(mail_rules(), "/var/vmail/d/" + name + "/cur");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->client, name);
}

// Every path of up to so many components, of these names.
std::vector<std::string> paths_of(const std::vector<std::string>& names, std::size_t depth) {
  std::vector<std::string> all = {""};
  for (std::size_t begin = 0; depth > 0; --depth) {
    const std::size_t end = all.size();
    for (; begin < end; ++begin)
      for (const std::string& name : names) all.push_back(all[begin] + "/" + name);
  }
  all.front() = "/";
  return all;
}

bool is_above(const std::string& path, const std::string& other) {
  return path != other && (path == "/" || other.starts_with(path + "/"));
}

std::size_t depth_of(const std::string& path) {
  return path == "/" ? 0 : static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

// By the definition: of all that a pattern of so many components names, does any lie below?
TEST(MatchPattern, LeadsBelowWhatIsAboveSomethingThatItNames) {
  constexpr std::size_t kDepth = 4;
  const std::vector<std::string> components = {"a", "b", "ab", "*", "{client}", "a*"};
  const std::vector<std::string> paths = paths_of({"a", "b", "ab"}, kDepth);
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::size_t depth = 1 + random() % kDepth;
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
      text += "/" + (text.find('{') == std::string::npos ? components[random() % components.size()] : "*");
    const PathPattern one = pattern(text);
    ASSERT_FALSE(one.components.empty()) << text;
    std::vector<std::string> named;
    for (const std::string& path : paths)
      if (depth_of(path) == depth && pattern_covers(one, path)) named.push_back(path);
    for (const std::string& path : paths)
      EXPECT_EQ(pattern_leads_below(one, path),
                std::any_of(named.begin(), named.end(),
                            [&](const std::string& name) { return is_above(path, name); }))
          << text << " " << path;
  }
}

// Whatever stores the checker accepts, no path belongs to two of them.
TEST(MatchStore, NeverFindsTwoStoresInAnAcceptedPolicy) {
  std::mt19937 random(11);
  const auto pick = [&](const std::vector<std::string>& words) {
    return words[std::uniform_int_distribution<std::size_t>(0, words.size() - 1)(random)];
  };
  const auto path = [&](const std::vector<std::string>& words) {
    std::string text;
    const int depth = std::uniform_int_distribution<int>(1, 4)(random);
    for (int i = 0; i < depth; ++i) text += "/" + pick(words);
    return text;
  };
  int accepted = 0, inside = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string yaml = kHead + "stores:\n";
    for (const char* name : {"one", "two", "three"}) {
      yaml += std::string("  ") + name + ": {class: mail, paths: [\"" +
              path({"a", "b", "ab", "*", "a*", "*b"}) + "\"]";
      if (round % 2) yaml += ", except: [\"" + path({"a", "b", "*", "a*"}) + "\"]";
      yaml += "}\n";
    }
    const LoadedPolicy loaded = check_policy({{"p.yaml", yaml}});
    if (!loaded.rules) continue;
    ++accepted;
    for (int i = 0; i < 50; ++i) {
      const std::string probe = path({"a", "b", "ab", "aab", "c"});
      int stores = 0;
      for (const Store& one : loaded.rules->stores) {
        const auto covers = [&](const PathPattern& p) { return pattern_covers(p, probe); };
        stores += std::any_of(one.paths.begin(), one.paths.end(), covers) &&
                  std::none_of(one.except.begin(), one.except.end(), covers);
      }
      EXPECT_LE(stores, 1) << probe << " in\n" << yaml;
      RuleSet unindexed = *loaded.rules;
      unindexed.index = nullptr;
      const auto indexed = match_store(*loaded.rules, probe), tried = match_store(unindexed, probe);
      EXPECT_EQ(indexed ? static_cast<int>(indexed->store) : -1, tried ? static_cast<int>(tried->store) : -1)
          << probe << " in\n"
          << yaml;
      EXPECT_EQ(indexed.has_value(), stores == 1) << probe << " in\n" << yaml;
      inside += stores;
    }
  }
  EXPECT_GT(accepted, 100);
  EXPECT_GT(inside, 100);
}

}  // namespace
}  // namespace purposewatch

#include "agent/kernel/automaton.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

RuleSet stores(std::vector<Store> list) {
  RuleSet rules;
  rules.stores = std::move(list);
  return rules;
}

// "" when the path is in no store, else its name, with "?" when the kernel must ask user space.
std::string store_of(const RuleSet& rules, const Automaton& automaton, const std::string& path) {
  const pw_state& end = automaton.states[automaton.after(path)];
  if (end.flags & PW_STATE_UNSURE) return "?";
  return end.store == 0 ? "" : rules.stores[end.store - 1U].name;
}

TEST(Automaton, OfOneLiteralPathHasOneStatePerDirectory) {
  const Automaton automaton = build_automaton(stores({store("db", {"c"}, {"/var/lib/db"})}));
  ASSERT_EQ(automaton.states.size(), 5U);  // dead, /, /var, /var/lib, /var/lib/db
  EXPECT_EQ(automaton.edges.size(), 3U);
  EXPECT_TRUE(automaton.globs.empty());
  EXPECT_EQ(automaton.after("/"), Automaton::kRoot);
  EXPECT_EQ(automaton.after("/var/log"), Automaton::kDead);
  EXPECT_EQ(automaton.after("/var/lib/db"), automaton.after("/var/lib/db/a/b/c"));
  EXPECT_TRUE(automaton.states[automaton.after("/var/lib/db")].flags & PW_STATE_FINAL);
  EXPECT_EQ(automaton.states[Automaton::kDead].store, 0);
}

TEST(Automaton, TellsWhichComponentNamesTheClient) {
  const Automaton automaton =
      build_automaton(stores({store("mail", {"c"}, {"/var/vmail/{domain}/{client}"})}));
  EXPECT_EQ(automaton.states[automaton.after("/var/vmail/example.org/alice/cur")].client_depth, 4U);
  EXPECT_EQ(automaton.states[automaton.after("/var/vmail/example.org")].store, 0);
}

TEST(Automaton, LeavesAStoreWhereItsExceptionBegins) {
  const RuleSet rules =
      stores({store("mail", {"c"}, {"/home/{client}/Maildir"}, {"/home/{client}/Maildir/dovecot.index*"})});
  const Automaton automaton = build_automaton(rules);
  EXPECT_EQ(store_of(rules, automaton, "/home/al/Maildir"), "mail");
  EXPECT_EQ(store_of(rules, automaton, "/home/al/Maildir/cur/1"), "mail");
  EXPECT_EQ(store_of(rules, automaton, "/home/al/Maildir/dovecot.index.log"), "");
  EXPECT_EQ(store_of(rules, automaton, "/home/al/Maildir/dovecot.index.log/deep"), "");
  EXPECT_FALSE(automaton.states[automaton.after("/home/al/Maildir")].flags & PW_STATE_FINAL);
}

TEST(Automaton, FindsAStoreInsideAnotherOnesException) {
  const RuleSet rules = stores({store("home", {"c"}, {"/home/{client}"}, {"/home/{client}/mail"}),
                                store("mail", {"c"}, {"/home/{client}/mail"})});
  const Automaton automaton = build_automaton(rules);
  EXPECT_EQ(store_of(rules, automaton, "/home/al/x"), "home");
  EXPECT_EQ(store_of(rules, automaton, "/home/al/mail/x"), "mail");
  EXPECT_EQ(store_of(rules, automaton, "/home"), "");
}

TEST(Automaton, FollowsALiteralAndAWildcardSideBySide) {
  const RuleSet rules =
      stores({store("logs", {"c"}, {"/srv/{client}/log"}), store("shop", {"c"}, {"/srv/shop/data"})});
  const Automaton automaton = build_automaton(rules);
  EXPECT_EQ(store_of(rules, automaton, "/srv/shop/log"), "logs");
  EXPECT_EQ(store_of(rules, automaton, "/srv/shop/data"), "shop");
  EXPECT_EQ(store_of(rules, automaton, "/srv/al/data"), "");
}

TEST(Automaton, SetsOneBitForEachGlobThatMatches) {
  const RuleSet rules = stores({store("one", {"c"}, {"/d/a*/x"}), store("two", {"c"}, {"/d/*b/y"})});
  const Automaton automaton = build_automaton(rules);
  EXPECT_EQ(automaton.globs.size(), 2U);
  EXPECT_EQ(automaton.glob_targets.size(), 4U);
  EXPECT_EQ(store_of(rules, automaton, "/d/ab/x"), "one");
  EXPECT_EQ(store_of(rules, automaton, "/d/ab/y"), "two");
  EXPECT_EQ(store_of(rules, automaton, "/d/a/y"), "");
  EXPECT_EQ(store_of(rules, automaton, "/d/b/y"), "two");
  EXPECT_EQ(store_of(rules, automaton, "/d/c/y"), "");
}

TEST(Automaton, LeavesToUserSpaceWhatTheKernelCannotCompare) {
  const RuleSet rules = stores({store("odd", {"c"}, {"/d/a*b*c"}), store("sure", {"c"}, {"/e/x"})});
  const Automaton automaton = build_automaton(rules);
  EXPECT_EQ(store_of(rules, automaton, "/d/whatever/is/here"), "?");
  EXPECT_EQ(store_of(rules, automaton, "/e/x"), "sure");
  std::vector<std::string> many;
  for (char letter = 'a'; letter <= 'a' + PW_GLOBS_PER_STATE_MAX; ++letter)
    many.push_back(std::string("/d/") + letter + "*");
  const RuleSet crowded = stores({store("many", {"c"}, many)});
  EXPECT_EQ(store_of(crowded, build_automaton(crowded), "/d/zzz"), "?");
  many.pop_back();
  const RuleSet full = stores({store("many", {"c"}, many)});
  EXPECT_EQ(store_of(full, build_automaton(full), "/d/axy"), "many");
}

TEST(Automaton, OfNoStoresFindsNothing) {
  const Automaton automaton = build_automaton({});
  EXPECT_EQ(automaton.after("/any/path"), Automaton::kDead);
  EXPECT_EQ(automaton.after("/"), Automaton::kRoot);
  EXPECT_EQ(automaton.states.at(Automaton::kRoot).store, 0);
}

TEST(Automaton, GrowsWithThePatternsNotWithTheirProduct) {
  RuleSet rules;
  for (int i = 0; i < 2000; ++i)
    rules.stores.push_back(
        store("s" + std::to_string(i), {"c"}, {"/home/{client}/data/" + std::to_string(i) + "/x"}));
  const Automaton automaton = build_automaton(rules);
  EXPECT_EQ(automaton.states.size(), 1U + 4 + 2 * 2000);
  EXPECT_EQ(store_of(rules, automaton, "/home/al/data/1999/x/y"), "s1999");
}

TEST(KernelGlob, HasOneStarAndPartsThatFit) {
  const std::string fits(PW_GLOB_PART_MAX, 'p'), too_long(PW_GLOB_PART_MAX + 1, 'p');
  const auto both = kernel_glob(fits + "*" + fits);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->prefix_length, static_cast<__u32>(PW_GLOB_PART_MAX));
  EXPECT_EQ(both->suffix_length, static_cast<__u32>(PW_GLOB_PART_MAX));
  EXPECT_TRUE(kernel_glob("*"));
  for (const std::string& glob : {too_long + "*", "*" + too_long, std::string("a*b*"), std::string("none")})
    EXPECT_FALSE(kernel_glob(glob)) << glob;
}

TEST(EdgeKey, HoldsAShortNameWholeAndHashesALongOne) {
  const std::string longest(PW_COMPONENT_INLINE, 'n');
  const pw_edge_key whole = edge_key({7, longest});
  EXPECT_EQ(whole.state, 7U);
  EXPECT_EQ(whole.length, static_cast<__u32>(PW_COMPONENT_INLINE));
  EXPECT_EQ(whole.hash, 0U);
  EXPECT_EQ(std::string(whole.name), longest);
  const pw_edge_key x = edge_key({7, longest + "x"}), y = edge_key({7, longest + "y"});
  EXPECT_EQ(std::string(x.name), longest);
  EXPECT_NE(x.hash, y.hash);
  EXPECT_NE(x.hash, 0U);
}

TEST(HashComponent, DependsOnEveryByteAndOnTheLength) {
  const std::string name(255, 'n');
  std::set<std::uint64_t> hashes = {hash_component(name)};
  for (std::size_t i = 0; i < name.size(); ++i) {
    std::string other = name;
    other[i] = 'm';
    hashes.insert(hash_component(other));
    hashes.insert(hash_component(name.substr(0, i)));
  }
  EXPECT_EQ(hashes.size(), 1 + 2 * name.size());
}

}  // namespace
}  // namespace purposewatch

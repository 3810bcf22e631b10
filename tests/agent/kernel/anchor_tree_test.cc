#include "agent/kernel/anchor_tree.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

TEST(AnchorTree, HoldsTheLiteralBeginningsOfAllPatternsOnce) {
  RuleSet rules;
  rules.stores = {store("mail", {"c"}, {"/var/vmail/{domain}", "/var/vmail/own", "/var/spool"}),
                  store("all", {"c"}, {"/*/x"})};
  const Automaton automaton = build_automaton(rules);
  const AnchorTree tree = AnchorTree::of(rules, automaton);
  std::map<std::string, bool> ends;
  for (std::uint32_t i = 0; i < tree.directories().size(); ++i) {
    const AnchorTree::Directory& directory = tree.directories()[i];
    const std::string path = tree.path_of(i);
    EXPECT_TRUE(ends.emplace(path, directory.ends_a_prefix).second) << path << " is there twice";
    const pw_way& way = directory.way[PW_OF_FILES];
    EXPECT_EQ(way.state,
              way.skip == 0 ? automaton.after(path) : automaton.states[automaton.after(path)].otherwise)
        << path;
    EXPECT_EQ(directory.way[PW_OF_SOCKETS].state, Automaton::kDead) << path;
    EXPECT_EQ(directory.depth, path == "/" ? 0 : std::count(path.begin(), path.end(), '/')) << path;
    EXPECT_TRUE(i == 0 || directory.above < i) << path;
  }
  EXPECT_EQ(ends, (std::map<std::string, bool>{{"/", true},
                                               {"/var", false},
                                               {"/var/vmail", true},
                                               {"/var/vmail/own", true},
                                               {"/var/spool", true}}));
}

TEST(AnchorTree, SkipsMereWildcardsAndKnowsTheNamesThatMustFollow) {
  RuleSet rules;
  rules.stores = {store("mail", {"c"}, {"/home/{client}/Maildir", "/home/{client}/mail"}),
                  store("sites", {"c"}, {"/srv/{a}/{b}/{client}"}), store("own", {"c"}, {"/srv/all/x*"})};
  const AnchorTree tree = AnchorTree::of(rules, build_automaton(rules));
  std::map<std::string, pw_way> by_path;
  for (std::uint32_t i = 0; i < tree.directories().size(); ++i)
    by_path[tree.path_of(i)] = tree.directories()[i].way[PW_OF_FILES];
  EXPECT_EQ(by_path["/"].skip, 0U);
  EXPECT_EQ(by_path["/"].names, name_bit("home") | name_bit("srv"));
  EXPECT_EQ(by_path["/home"].skip, 1U);
  EXPECT_EQ(by_path["/home"].names, name_bit("Maildir") | name_bit("mail"));
  EXPECT_EQ(by_path["/srv"].skip, 0U) << "\"all\" leads elsewhere than other names";
  EXPECT_EQ(by_path["/srv"].names, PW_ANY_NAME);
  EXPECT_EQ(by_path["/srv/all"].skip, 0U) << "a glob is no mere wildcard";
  EXPECT_EQ(by_path["/srv/all"].names, PW_ANY_NAME);
}

TEST(AnchorTree, HasWaysToSocketsBesideThoseToFiles) {
  RuleSet rules;
  rules.stores = {store("mail", {"c"}, {"/var/vmail"}), store("db", {"c"}, {"/run/db/data"})};
  rules.stores[1].sockets = {pattern("/run/db/{client}/sock")};
  const Automaton automaton = build_automaton(rules);
  const AnchorTree tree = AnchorTree::of(rules, automaton);
  std::map<std::string, AnchorTree::Directory> by_path;
  for (std::uint32_t i = 0; i < tree.directories().size(); ++i)
    by_path[tree.path_of(i)] = tree.directories()[i];
  EXPECT_EQ(by_path["/"].way[PW_OF_FILES].names, name_bit("var") | name_bit("run"));
  EXPECT_EQ(by_path["/"].way[PW_OF_SOCKETS].names, name_bit("run"));
  EXPECT_EQ(by_path["/run/db"].way[PW_OF_FILES].names, name_bit("data"));
  EXPECT_EQ(by_path["/run/db"].way[PW_OF_SOCKETS].names, name_bit("sock"));
  EXPECT_EQ(by_path["/run/db"].way[PW_OF_SOCKETS].skip, 1U);
  EXPECT_TRUE(by_path["/run/db"].ends_a_prefix);
  EXPECT_EQ(by_path["/run/db/data"].way[PW_OF_SOCKETS].skip, 0U);
  EXPECT_EQ(by_path["/var/vmail"].way[PW_OF_SOCKETS].state, Automaton::kDead);
}

TEST(AnchorTree, OfNoPatternsIsEmptyAndANumberThatIsNoneIsTheRoot) {
  const RuleSet rules;
  const AnchorTree tree = AnchorTree::of(rules, build_automaton(rules));
  EXPECT_TRUE(tree.directories().empty());
  EXPECT_EQ(tree.path_of(17), "/");
}

}  // namespace
}  // namespace purposewatch

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
    EXPECT_EQ(directory.state,
              directory.skip == 0 ? automaton.after(path) : automaton.states[automaton.after(path)].otherwise)
        << path;
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
  std::map<std::string, AnchorTree::Directory> by_path;
  for (std::uint32_t i = 0; i < tree.directories().size(); ++i)
    by_path[tree.path_of(i)] = tree.directories()[i];
  EXPECT_EQ(by_path["/"].skip, 0U);
  EXPECT_EQ(by_path["/"].names, name_bit("home") | name_bit("srv"));
  EXPECT_EQ(by_path["/home"].skip, 1U);
  EXPECT_EQ(by_path["/home"].names, name_bit("Maildir") | name_bit("mail"));
  EXPECT_EQ(by_path["/srv"].skip, 0U) << "\"all\" leads elsewhere than other names";
  EXPECT_EQ(by_path["/srv"].names, PW_ANY_NAME);
  EXPECT_EQ(by_path["/srv/all"].skip, 0U) << "a glob is no mere wildcard";
  EXPECT_EQ(by_path["/srv/all"].names, PW_ANY_NAME);
}

TEST(AnchorTree, OfNoPatternsIsEmptyAndANumberThatIsNoneIsTheRoot) {
  const RuleSet rules;
  const AnchorTree tree = AnchorTree::of(rules, build_automaton(rules));
  EXPECT_TRUE(tree.directories().empty());
  EXPECT_EQ(tree.path_of(17), "/");
}

}  // namespace
}  // namespace purposewatch

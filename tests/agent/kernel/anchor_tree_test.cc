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
    EXPECT_EQ(directory.state, automaton.after(path)) << path;
    EXPECT_EQ(directory.depth, path == "/" ? 0 : std::count(path.begin(), path.end(), '/')) << path;
    EXPECT_TRUE(i == 0 || directory.above < i) << path;
  }
  EXPECT_EQ(ends, (std::map<std::string, bool>{{"/", true},
                                               {"/var", false},
                                               {"/var/vmail", true},
                                               {"/var/vmail/own", true},
                                               {"/var/spool", true}}));
}

TEST(AnchorTree, OfNoPatternsIsEmptyAndANumberThatIsNoneIsTheRoot) {
  const RuleSet rules;
  const AnchorTree tree = AnchorTree::of(rules, build_automaton(rules));
  EXPECT_TRUE(tree.directories().empty());
  EXPECT_EQ(tree.path_of(17), "/");
}

}  // namespace
}  // namespace purposewatch

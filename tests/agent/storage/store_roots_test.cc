#include "agent/storage/store_roots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RuleSet rules_with(const std::vector<std::string>& paths) {
  RuleSet rules;
  rules.stores = {store("one", {"mail"}, paths)};
  return rules;
}

std::string line(int id, const std::string& point) {
  return std::to_string(id) + " 1 8:1 / " + point + " rw - ext4 /dev/sda1 rw\n";
}

bool is_in(const std::string& path, const std::string& directory) {
  return directory == "/" || path == directory || path.starts_with(directory + "/");
}

TEST(StoreRoots, EndBeforeTheFirstWildcard) {
  EXPECT_THAT(store_roots(rules_with(
                  {"/var/vmail/{domain}/{client}", "/srv/www/{client}", "/etc/shadow", "/{client}/x"})),
              ElementsAre("/"));
  EXPECT_THAT(store_roots(rules_with({"/var/vmail/{domain}/{client}", "/srv/a*/b", "/etc/shadow"})),
              ElementsAre("/etc/shadow", "/srv", "/var/vmail"));
}

// A name that goes on with a character that is less than '/' lies between the two as bytes.
TEST(StoreRoots, AreNotBelowEachOther) {
  EXPECT_THAT(store_roots(rules_with(
                  {"/var/mail/{client}", "/var/mail-old/{client}", "/var/mail/in/{client}", "/var/mail!/x"})),
              ElementsAre("/var/mail", "/var/mail!/x", "/var/mail-old"));
}

TEST(MountsAt, AreThoseInARootOrOverOne) {
  const std::vector<std::string> roots = store_roots(rules_with({"/var/vmail/{client}", "/srv/{client}"}));
  EXPECT_THAT(mounts_at(roots, line(1, "/") + line(2, "/var") + line(3, "/var/vmail") +
                                   line(4, "/var/vmail/alice/cur") + line(5, "/var/vmail2") +
                                   line(6, "/home") + line(7, "/srv/a\\040b")),
              ElementsAre("1/", "2/var", "3/var/vmail", "4/var/vmail/alice/cur", "7/srv/a b"));
  EXPECT_THAT(mounts_at({}, line(1, "/")), IsEmpty());
}

// Against the definition, with names that sort before and after a slash.
TEST(MountsAt, AreFoundWhateverTheNames) {
  const std::vector<std::string> names = {"a", "a!", "a-", "a0", "b"};
  std::mt19937 random(11);
  const auto path = [&] {
    std::string text;
    for (std::size_t depth = 1 + random() % 4; depth > 0; --depth)
      text += "/" + names[random() % names.size()];
    return text;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> paths;
    for (std::size_t count = 1 + random() % 5; count > 0; --count) paths.push_back(path());
    const std::vector<std::string> roots = store_roots(rules_with(paths));
    for (const std::string& one : paths)
      EXPECT_EQ(std::count_if(roots.begin(), roots.end(), [&](auto& root) { return is_in(one, root); }), 1)
          << one;
    const std::string point = path();
    const bool is_there = std::any_of(paths.begin(), paths.end(),
                                      [&](auto& one) { return is_in(point, one) || is_in(one, point); });
    EXPECT_EQ(!mounts_at(roots, line(1, point)).empty(), is_there) << point;
  }
}

}  // namespace
}  // namespace purposewatch

#include "rules/explanation.h"

#include <gtest/gtest.h>

#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

RuleSet explained_rules() {
  return *check_policy(
              {{"p.yaml",
                kHead + "stores:\n"
                        "  m: {class: mail, paths: '/m/{client}', except: '/m/*/index'}\n"
                        "services:\n"
                        "  imap: {exe: /imap, user: vmail, unit: dovecot.service}\n"
                        "  php: {exe: /php, owner: true}\n"
                        "permits:\n"
                        "  - {service: [imap, php], store: m, access: [read, list], purpose: serve}\n"}})
              .rules;
}

Access reading(const std::string& path, std::optional<std::uint32_t> owner = std::nullopt) {
  Access access;
  access.path = path;
  access.owner_uid = owner;
  return access;
}

TEST(Explanation, SaysWhichConditionFailed) {
  const RuleSet set = explained_rules();
  const auto said = [&](const Subject& who, std::size_t service, std::optional<std::uint32_t> owner = {}) {
    return explain(set, reading("/m/al/1", owner), who, 0).services.at(service).sentence;
  };
  EXPECT_EQ(said(subject("/imap", "root", 0, ""), 0), "is imap by executable, but user is root, not vmail");
  EXPECT_EQ(said(subject("/imap", "vmail", 9, ""), 0),
            "is imap by executable and user, but runs in no unit, not dovecot.service");
  EXPECT_EQ(said(subject("/imap", "vmail", 9, "ssh.service"), 0),
            "is imap by executable and user, but runs in ssh.service, not dovecot.service");
  EXPECT_EQ(said(subject("/imap", "vmail", 9, "dovecot.service"), 0), "is imap by executable, user and unit");
  EXPECT_EQ(said(subject("/cat", "vmail", 9, ""), 0), "is not imap: /cat is none of its programs");
  EXPECT_EQ(said(subject("/php", "al", 5, ""), 1, 6),
            "is php by executable, but the file belongs to user id 6, not to al");
  EXPECT_EQ(said(subject("/php", "al", 5, ""), 1), "is php by executable, but the file's owner is not known");
}

TEST(Explanation, ListsThePermitsOfAServiceThatMatches) {
  const Explanation got =
      explain(explained_rules(), reading("/m/al/1"), subject("/imap", "vmail", 9, "dovecot.service"), 0);
  EXPECT_EQ(got.pattern, "/m/{client}");
  EXPECT_EQ(got.services.at(0).permits,
            std::vector<std::string>{"imap/m/serve: may read, list for serve (P4)"});
  EXPECT_EQ(summary_of(got), "permitted by imap/m/serve");
}

TEST(Explanation, SumsUpInOneLine) {
  const RuleSet set = explained_rules();
  EXPECT_EQ(summary_of(explain(set, reading("/m/al/1"), subject("/imap", "root", 0, ""), 0)),
            "flagged: user-mismatch: is imap by executable, but user is root, not vmail");
  EXPECT_EQ(summary_of(explain(set, reading("/m/al/index"), {}, 0)),
            "no-store: excepted by '/m/*/index' of store m");
  EXPECT_EQ(summary_of(explain(set, reading("/x"), {}, 0)), "no-store: no store covers the path");
}

}  // namespace
}  // namespace purposewatch

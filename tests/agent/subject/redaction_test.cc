#include "agent/subject/redaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace purposewatch {
namespace {

using Args = std::vector<std::string>;

Args redacted(const Args& args) {
  return redact(args, Redaction::usual());
}

TEST(Redaction, HidesValuesOfOptionsAndVariablesThatNameASecret) {
  EXPECT_EQ(redacted({"tool", "--password=hunter2", "-v"}), (Args{"tool", "--password=[redacted]", "-v"}));
  EXPECT_EQ(redacted({"env", "PGPASSWORD=hunter2", "psql"}), (Args{"env", "PGPASSWORD=[redacted]", "psql"}));
  EXPECT_EQ(redacted({"tool", "--api-key", "abc", "x"}), (Args{"tool", "--api-key", "[redacted]", "x"}));
  EXPECT_EQ(redacted({"tool", "--Auth-Token=abc"}), (Args{"tool", "--Auth-Token=[redacted]"}));
}

TEST(Redaction, KnowsTheShortOptionsOfTheirProgramsOnly) {
  EXPECT_EQ(redacted({"/usr/bin/mysql", "-u", "root", "-phunter2"}),
            (Args{"/usr/bin/mysql", "-u", "root", "-p[redacted]"}));
  EXPECT_EQ(redacted({"mysqldump", "-psecret", "shop"}), (Args{"mysqldump", "-p[redacted]", "shop"}));
  EXPECT_EQ(redacted({"ssh", "-p2222", "host"}), (Args{"ssh", "-p2222", "host"}));
  EXPECT_EQ(redacted({"sshpass", "-p", "hunter2", "ssh"}), (Args{"sshpass", "-p", "[redacted]", "ssh"}));
  EXPECT_EQ(redacted({"curl", "-u", "bob:hunter2", "https://x"}),
            (Args{"curl", "-u", "[redacted]", "https://x"}));
}

TEST(Redaction, LooksInsideOneArgumentThatHoldsAWholeCommand) {
  EXPECT_EQ(redacted({"sh", "-c", "mysql -phunter2 shop"}), (Args{"sh", "-c", "mysql -p[redacted] shop"}));
  EXPECT_EQ(redacted({"sh", "-c", "x --password='a b' y"}), (Args{"sh", "-c", "x --password=[redacted] y"}));
  EXPECT_EQ(redacted({"curl", "-H", "Authorization: Bearer abc"}),
            (Args{"curl", "-H", "Authorization:[redacted]"}));
}

TEST(Redaction, HidesPasswordsInUrls) {
  EXPECT_EQ(redacted({"git", "clone", "https://bob:hunter2@example.org/a:b@c"}),
            (Args{"git", "clone", "https://bob:[redacted]@example.org/a:b@c"}));
  EXPECT_EQ(redacted({"curl", "https://example.org/?a:b@c"}), (Args{"curl", "https://example.org/?a:b@c"}));
}

TEST(Redaction, LeavesOrdinaryArgumentsAlone) {
  const Args args = {"cat", "-n", "/home/bob/secret/plan:1", "--color=auto", "", " ", "a\nb", "\xff",
                     "-",   "--"};
  EXPECT_EQ(redacted(args), args);
}

TEST(Redaction, WithoutRulesChangesNothing) {
  const Args args = {"mysql", "-phunter2", "--password=x", "ftp://a:b@c"};
  EXPECT_EQ(redact(args, Redaction::none()), args);
}

}  // namespace
}  // namespace purposewatch

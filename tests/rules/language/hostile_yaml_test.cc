// Bytes that mean harm, or are merely broken: always a message with a place, never a crash or half a policy.
#include <gtest/gtest.h>

#include <random>

#include "rules/language/read_yaml.h"
#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

using Lines = std::vector<std::string>;

// The first thing said of a text, which must be refused; that it is no whole policy is no news.
std::string first_complaint(const std::string& yaml) {
  const LoadedPolicy loaded = check_policy({{"p.yaml", yaml}});
  EXPECT_EQ(loaded.rules, nullptr);
  for (const Diagnostic& one : loaded.diagnostics)
    if (!one.message.starts_with("no 'policy' section")) return to_string(one);
  return "nothing";
}

TEST(HostileYaml, AnchorsAndAliasesAreRefusedWhereTheyStand) {
  EXPECT_EQ(complaints(kHead + "stores: &x {}\nservices: *x\n"),
            (Lines{"p.yaml:6:9: error: anchors (&name) are not allowed in a policy",
                   "p.yaml:7:11: error: aliases (*name) are not allowed in a policy (a path pattern that "
                   "begins with * "
                   "needs quotes)"}));
}

TEST(HostileYaml, ABillionLaughsAreNotExpanded) {
  std::string yaml = "a: &a [lol, lol]\n";
  for (char c = 'b'; c < 'z'; ++c)
    yaml += std::string(1, c) + ": &" + c + " [*" + char(c - 1) + ", *" + char(c - 1) + "]\n";
  EXPECT_EQ(first_complaint(yaml), "p.yaml:1:1: error: unknown key 'a' in a policy file");
}

TEST(HostileYaml, AnAliasThatContainsItselfIsRefused) {
  EXPECT_NE(first_complaint("policy: &a [*a]\n").find("p.yaml:1:9: error: "), std::string::npos);
}

TEST(HostileYaml, TagsAreRefused) {
  EXPECT_EQ(first_complaint("policy: !!map {name: t, version: !!int 1}\n"),
            "p.yaml:1:9: error: tags (!name) are not allowed in a policy");
}

TEST(HostileYaml, ASecondDocumentIsRefused) {
  EXPECT_EQ(complaints("policy: {name: t, version: 1}\n---\nstores: {}\n"),
            (Lines{"p.yaml:2:1: error: a second document begins here; a policy file is one document"}));
}

TEST(HostileYaml, DuplicateKeysAreRefusedAtTheSecond) {
  EXPECT_EQ(complaints("policy: {name: t, version: 1, name: u}\n"),
            (Lines{"p.yaml:1:31: error: key 'name' is given twice; first in line 1"}));
  EXPECT_EQ(complaints(kHead + "stores: {}\nstores: {}\n"),
            (Lines{"p.yaml:7:1: error: key 'stores' is given twice; first in line 6"}));
}

TEST(HostileYaml, KeysMustBePlainWords) {
  EXPECT_EQ(first_complaint("? [a, b]\n: c\n"), "p.yaml:1:3: error: a key must be a plain word");
}

TEST(HostileYaml, ControlCharactersAreRefusedRawAndEscaped) {
  EXPECT_EQ(complaints(std::string("policy: {name: \"a\0b\"}\n", 22)),
            (Lines{"p.yaml:1:18: error: control characters are not allowed in a policy"}));
  EXPECT_EQ(first_complaint("policy: {name: t, version: \"1\\0\"}\n"),
            "p.yaml:1:28: error: control characters are not allowed in a policy");
  EXPECT_EQ(first_complaint("policy: {name: t, version: \"\\e[31m\"}\n"),
            "p.yaml:1:28: error: control characters are not allowed in a policy");
}

TEST(HostileYaml, NothingThatIsSaidOfItDoesSomethingToATerminal) {
  EXPECT_EQ(first_complaint("\"a\\u009b31mb\": 1\n"),
            "p.yaml:1:1: error: unknown key 'a\\u009b31mb' in a policy file");
  EXPECT_EQ(first_complaint("\"a\\nb\\tc\": 1\n"),
            "p.yaml:1:1: error: unknown key 'a\\x0ab\\x09c' in a policy file");
  EXPECT_EQ(first_complaint("\xe2\x80\xae: 1\n"),
            "p.yaml:1:1: error: unknown key '\\u202e' in a policy file");
  EXPECT_EQ(to_string(check_policy({{"a\x1b[31m\n.yaml", ""}}).diagnostics.at(0)),
            "a\\x1b[31m\\x0a.yaml:1:1: error: empty: no policy");
}

TEST(HostileYaml, WhatIsNotUtf8IsRefusedAtItsPlace) {
  EXPECT_EQ(complaints("# \xc3\xa9\n# \xc3\xa9 \xff\n"), (Lines{"p.yaml:2:5: error: not UTF-8"}));
  EXPECT_EQ(complaints("\xff\xfep\0o\0"), (Lines{"p.yaml:1:1: error: not UTF-8"}));
}

TEST(HostileYaml, DeepNestingStopsAtTheLimit) {
  EXPECT_EQ(complaints(std::string(17, '[') + std::string(17, ']')),
            (Lines{"p.yaml:1:17: error: nested deeper than 16 levels"}));
  for (const char opening : {'[', '{'}) {
    const std::string said = first_complaint(std::string(100000, opening));
    EXPECT_NE(said.find("nested deeper than 16 levels"), std::string::npos) << said;
  }
  std::string block;
  for (int i = 0; i < 40; ++i) block += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(complaints(block), (Lines{"p.yaml:17:17: error: nested deeper than 16 levels"}));
}

TEST(HostileYaml, HugeFilesAreRefusedUnread) {
  EXPECT_EQ(complaints(std::string(kPolicyBytesMax + 1, '#')),
            (Lines{"p.yaml:1:1: error: larger than 4 MiB: no policy"}));
}

TEST(HostileYaml, BrokenSyntaxHasAPlace) {
  const std::string said = first_complaint("policy: {name: t\nstores: [\n");
  EXPECT_EQ(said.rfind("p.yaml:", 0), 0U) << said;
  EXPECT_NE(said.find("error: not YAML: "), std::string::npos) << said;
}

TEST(HostileYaml, AFileThatEndsInsideQuotesIsRefused) {
  EXPECT_EQ(complaints("policy: {name: t, version: 1}\nstores: \"abc\n"),
            (Lines{"p.yaml:2:9: error: not YAML: the quotes that open here are never closed"}));
  EXPECT_EQ(complaints("policy: 'abc''\n"),
            (Lines{"p.yaml:1:9: error: not YAML: the quotes that open here are never closed"}));
}

TEST(HostileYaml, EmptyFilesAreNoPolicy) {
  EXPECT_EQ(complaints(""), (Lines{"p.yaml:1:1: error: empty: no policy"}));
  EXPECT_EQ(complaints("# nothing\n"), (Lines{"p.yaml:1:1: error: empty: no policy"}));
  EXPECT_EQ(first_complaint("~\n"), "p.yaml:1:1: error: a policy file is a map of keys, not nothing");
  EXPECT_EQ(complaints("{}\n"),
            (Lines{"p.yaml:1:1: error: no 'policy' section: a policy has a name and a version"}));
}

TEST(HostileYaml, NumbersStayTheTextThatWasWritten) {
  const LoadedPolicy loaded = check_policy({{"p.yaml", "policy: {name: 010, version: 0640}\n"}});
  ASSERT_TRUE(loaded.rules);
  EXPECT_EQ(loaded.rules->identity.name, "010");
  EXPECT_EQ(loaded.rules->identity.version, "0640");
}

TEST(HostileYaml, YesIsNotTrue) {
  const std::string yaml = kHead + "services: {a: {owner: yes}, b: {owner: \"true\"}, c: {owner: True}}\n";
  EXPECT_EQ(complaints(yaml), (Lines{"p.yaml:6:23: error: 'owner' is true or false, not 'yes'",
                                     "p.yaml:6:40: error: 'owner' is true or false, not 'true'",
                                     "p.yaml:6:60: error: 'owner' is true or false, not 'True'"}));
}

TEST(HostileYaml, NoMutationOfAPolicyCrashesTheChecker) {
  const std::string sound = kHead +
                            "stores: {m: {class: [mail], paths: ['/a/{client}'], except: ['/a/*/x*']}}\n"
                            "services: {s: {exe: [/x], user: u, unit: \"u@*.service\", owner: true}}\n"
                            "permits:\n  - {service: s, store: m, access: [read], purpose: serve}\n"
                            "tests:\n  - {who: {exe: /x}, access: read, path: /a/b, expect: flagged}\n";
  ASSERT_TRUE(check_policy({{"p.yaml", sound}}).rules);
  std::mt19937 random(3);
  const std::string spice = "{}[]:,&*!|>'\"%@`?-# \n\t\\~<=";
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string yaml = sound;
    for (int i = 0; i < 3; ++i)
      yaml[random() % yaml.size()] =
          random() % 4 ? spice[random() % spice.size()] : static_cast<char>(random() % 256);
    const LoadedPolicy loaded = check_policy({{"p.yaml", yaml}});
    bool has_error = false;
    for (const Diagnostic& one : loaded.diagnostics)
      has_error |= one.severity == Diagnostic::Severity::kError;
    EXPECT_EQ(loaded.rules == nullptr, has_error) << yaml;
    refused += has_error;
  }
  EXPECT_GT(refused, 1000U);
}

}  // namespace
}  // namespace purposewatch

// Services known by their script and by what started them: what is read, and what cannot be.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/rules/rule_builder.h"

namespace purposewatch {
namespace {

TEST(Services, NameScriptsAndParentsAlsoBeforeTheyAreDefined) {
  const LoadedPolicy loaded =
      check_policy({{"p.yaml", kHead + "services:\n"
                                       "  tool: {exe: /restic, parent: [job, cron]}\n"
                                       "  job: {exe: [/python, /python3], script: [/job.py, /job2.py]}\n"
                                       "  cron: {exe: /cron, parent: job}\n"}});
  ASSERT_TRUE(loaded.rules) << to_string(loaded.diagnostics.at(0));
  const auto& services = loaded.rules->services;
  EXPECT_EQ(services.at(0).parents, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(services.at(1).script, (std::vector<std::string>{"/job.py", "/job2.py"}));
  EXPECT_EQ(services.at(2).parents, std::vector<std::size_t>{1});
  EXPECT_TRUE(services.at(0).script.empty());
}

struct ServiceCase {
  const char* what;
  const char* services;  // of the policy, from line 7
  std::vector<std::string> said;
};

TEST(Services, ThatAreWrongAreToldAtTheirPlace) {
  const std::vector<ServiceCase> cases = {
      {"script without an interpreter",
       "  a: {user: u, script: /x.py}\n",
       {"p.yaml:7:24: error: 'script' needs 'exe': the interpreter that runs it"}},
      {"scripts that are none",
       "  a: {exe: /p, script: [x.py, '/x/*.py', /x.py, /x.py, /x/]}\n",
       {"p.yaml:7:25: error: 'x.py' is not an absolute path",
        "p.yaml:7:31: error: '/x/*.py' is a pattern; a script is one file",
        "p.yaml:7:49: error: '/x.py' is listed twice",
        "p.yaml:7:56: error: '/x/' has an empty component (a doubled or trailing slash)"}},
      {"unknown parent",
       "  a: {exe: /a, parent: bakcup}\n  backup: {exe: /b}\n",
       {"p.yaml:7:24: error: no service is called 'bakcup' (did you mean 'backup'?)"}},
      {"itself", "  a: {exe: /a, parent: a}\n", {"p.yaml:7:24: error: service 'a' cannot be its own parent"}},
      {"twice",
       "  a: {exe: /a, parent: [b, b]}\n  b: {exe: /b}\n",
       {"p.yaml:7:28: error: 'b' is listed twice"}},
      {"parent that no program is",
       "  a: {exe: /a, parent: b}\n  b: {user: u}\n",
       {"p.yaml:7:24: error: service 'b' has no exe: nobody could tell that it started something"}},
      {"a circle, told once",
       "  x: {exe: /x, parent: a}\n  a: {exe: /a, parent: b}\n  b: {exe: /b, parent: [d, c]}\n"
       "  c: {exe: /c, parent: a}\n  d: {exe: /d}\n",
       {"p.yaml:10:24: error: a circle of parents: 'a' would have to be started by something that it started "
        "itself"}},
      {"a parent alone",
       "  a: {parent: b}\n  b: {exe: /b}\n",
       {"p.yaml:7:3: error: service 'a' would be anybody; it needs exe, user, group, unit or owner"}},
  };
  for (const ServiceCase& one : cases)
    EXPECT_EQ(complaints(kHead + "services:\n" + one.services), one.said) << one.what;
}

TEST(Services, ThatOnlyStartOthersAreNotUnused) {
  EXPECT_EQ(complaints(kHead +
                       "stores: {m: {class: mail, paths: /m}}\n"
                       "services:\n  job: {exe: /sh, script: /job.sh}\n  tool: {exe: /restic, parent: job}\n"
                       "permits:\n  - {service: tool, store: m, access: read, purpose: serve}\n"),
            std::vector<std::string>{});
}

TEST(Services, InAChainOfThousandsAreReadAndTheirCircleIsFound) {
  std::string chain = kHead + "services:\n";
  for (int i = 0; i < 20000; ++i)
    chain += " s" + std::to_string(i) + ": {exe: /s, parent: s" + std::to_string(i + 1) + "}\n";
  EXPECT_TRUE(check_policy({{"p.yaml", chain + " s20000: {exe: /s}\n"}}).rules);
  const auto said = complaints(chain + " s20000: {exe: /s, parent: s0}\n");
  EXPECT_EQ(std::count_if(
                said.begin(), said.end(),
                [](const std::string& one) { return one.find(" a circle of parents: 's0'") != one.npos; }),
            1);
}

}  // namespace
}  // namespace purposewatch

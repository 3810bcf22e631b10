// The policy's own tests: does judge answer what their author expects? Pure, like judge.
#pragma once

#include <string>
#include <vector>

#include "rules/judge.h"
#include "rules/language/rule_set.h"
#include "rules/model/access.h"
#include "rules/model/subject.h"
#include "rules/model/verdict.h"

namespace purposewatch {

struct Difference {
  std::string what;  // "expect", "reason", "client", ...
  std::string expected, got;
};

struct TestResult {
  const PolicyTest* test = nullptr;  // into the RuleSet
  Verdict got;
  std::vector<Difference> differences;  // empty: passed
  bool passed() const { return differences.empty(); }
};

// Users of tests are known by name only, so equal names get equal ids from here on and different names
// different ones. Ids of real users do not come this high.
inline constexpr std::uint32_t kFirstNamedId = 0xf0000000U;

// A test as judge sees it; without a user it acts as nobody in particular, without a moment in 1970.
struct TestCase {
  Access access;
  Subject subject;
  std::int64_t now_ns = 0;
  Grants grants;
  HostNames names;
  Now now() const { return {now_ns, kTestBootNs, &grants, &names}; }
};
TestCase case_of(const RuleSet& rules, const PolicyTest& test);

// What depends on the time fails when the test does not say at what time it is.
TestResult run_test(const RuleSet& rules, const PolicyTest& test);

}  // namespace purposewatch

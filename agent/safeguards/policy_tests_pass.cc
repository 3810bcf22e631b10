#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "rules/language/run_tests.h"

namespace purposewatch {
namespace {

std::string text_of(const TestResult& failed) {
  const Difference& first = failed.differences.front();
  return fmt::format("{}: {} is {}, not {}", to_string(failed.test->at), first.what,
                     first.got.empty() ? "nothing" : first.got, first.expected);
}

}  // namespace

SafeguardResult check_policy_tests_pass(const Safeguard&, const HostView& host) {
  const std::vector<PolicyTest>& tests = host.rules->tests;
  if (tests.empty())
    return is_unknown("the policy has no tests",
                      "Write down in `tests` who may do what, and who may not: purposewatch test runs them.");
  std::size_t failed = 0;
  std::string first;
  for (const PolicyTest& test : tests) {
    const TestResult result = run_test(*host.rules, test);
    if (result.passed()) continue;
    if (failed++ == 0) first = text_of(result);
  }
  if (failed == 0) return is_ok(fmt::format("{} tests pass", tests.size()));
  return is_violated(
      fmt::format("{} of {} tests fail, first {}", failed, tests.size(), first),
      "purposewatch test /etc/purposewatch/policy.d shows all of them. Correct the rule, or the "
      "test when it asks for the wrong thing.");
}

}  // namespace purposewatch

// purposewatch test: does the policy answer what its own tests expect?
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command.h"
#include "agent/cli/junit.h"
#include "agent/cli/output.h"
#include "agent/cli/show_diagnostics.h"
#include "rules/base/visible_text.h"
#include "rules/explanation.h"
#include "rules/language/policy.h"
#include "rules/language/run_tests.h"

namespace purposewatch {
namespace {

struct TestOptions {
  std::vector<std::string> paths;
  std::string junit;
  OutputOptions output;
};

std::string sentence_of(const PolicyTest& test) {
  std::string text = std::string(name_of(test.access)) + " ";
  if (test.to)
    text = (test.answers ? "answer with " : "take ") + test.store.value_or("") + " to " + test.to->text;
  else
    text += test.endpoint ? to_string(*test.endpoint) : test.path;
  if (!test.exe.empty()) text += " by " + test.exe;
  if (!test.script.empty()) text += " running " + test.script;
  if (!test.user.empty()) text += " as " + test.user;
  if (!test.group.empty()) text += " of group " + test.group;
  if (!test.unit.empty()) text += " in " + test.unit;
  for (const std::string& parent : test.parents) text += " below " + parent;
  if (test.owner) text += ", owned by " + *test.owner;
  if (test.grant) text += ", with a grant for " + test.grant->purpose;
  if (test.moment) text += ", at " + test.moment->text;
  return text;
}

std::string why(const RuleSet& rules, const PolicyTest& test) {
  const TestCase one = case_of(rules, test);
  return summary_of(explain(rules, one.access, one.subject, one.now()));
}

// As a file, or on standard output in place of anything else.
bool write_junit(const std::string& path, const std::string& xml) {
  if (path == "-") return static_cast<bool>(std::cout << xml);
  std::ofstream file(path);
  file << xml;
  file.close();
  if (!file) std::cerr << "purposewatch test: cannot write " << visible_text(path) << "\n";
  return static_cast<bool>(file);
}

std::string shown(const std::string& value) {
  return value.empty() ? "(none)" : visible_text(value);
}

std::string failure_text(const RuleSet& rules, const TestResult& result, bool color) {
  std::string text = styled(visible_text(to_string(result.test->at)), Style::kStrong, color) + ": " +
                     styled("failed", Style::kBad, color) + ": " + visible_text(sentence_of(*result.test)) +
                     "\n";
  for (const Difference& one : result.differences) {
    text += styled("  - expected " + one.what + ": " + shown(one.expected), Style::kBad, color) + "\n";
    text += styled("  + got      " + one.what + ": " + shown(one.got), Style::kGood, color) + "\n";
  }
  return text + "    " + visible_text(why(rules, *result.test)) + "\n";
}

nlohmann::ordered_json as_json(const RuleSet& rules, const TestResult& result) {
  auto differences = nlohmann::ordered_json::array();
  for (const Difference& one : result.differences)
    differences.push_back({{"what", one.what}, {"expected", one.expected}, {"got", one.got}});
  return {{"file", result.test->at.file},     {"line", result.test->at.line},
          {"column", result.test->at.column}, {"test", sentence_of(*result.test)},
          {"passed", result.passed()},        {"outcome", name_of(result.got.outcome)},
          {"why", why(rules, *result.test)},  {"differences", std::move(differences)}};
}

int test(const TestOptions& options) {
  const LoadedPolicy loaded = load_policy(options.paths);
  const bool color = wants_color(options.output);
  auto json = nlohmann::ordered_json::array();
  std::string text = loaded.rules ? "" : diagnostics_text(loaded.diagnostics, options.output);
  std::vector<JunitCase> cases;
  std::size_t failed = 0, total = 0;
  if (loaded.rules) {
    total = loaded.rules->tests.size();
    for (const PolicyTest& one : loaded.rules->tests) {
      const TestResult result = run_test(*loaded.rules, one);
      const std::string failure = result.passed() ? "" : failure_text(*loaded.rules, result, color);
      text += failure;
      cases.push_back({to_string(one.at), sentence_of(one),
                       result.passed() ? "" : failure_text(*loaded.rules, result, false)});
      failed += result.passed() ? 0 : 1;
      json.push_back(as_json(*loaded.rules, result));
    }
    text += std::to_string(total) + (total == 1 ? " test: " : " tests: ") +
            (failed ? styled(std::to_string(failed) + " failed", Style::kBad, color)
                    : styled(total ? "all passed" : "nothing to pass", Style::kGood, color)) +
            "\n";
  }
  if (options.output.json())
    text = json_text({{"valid", loaded.rules != nullptr},
                      {"passed", total - failed},
                      {"failed", failed},
                      {"tests", std::move(json)},
                      {"diagnostics", diagnostics_json(loaded.diagnostics)}});
  if (loaded.rules && !options.junit.empty() &&
      !write_junit(options.junit, junit_xml(loaded.rules->identity.name, cases)))
    return kCannotRunHere;
  if (!loaded.rules || options.junit != "-") std::cout << text;
  return loaded.rules && failed == 0 ? kFine : kAnswerIsNo;
}

}  // namespace

void add_test(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TestOptions>();
  CLI::App* command = app.add_subcommand("test", "run the policy's own tests");
  command->add_option("PATH", options->paths, "policy files, or directories of *.yaml files")->required();
  command->add_option("--junit", options->junit,
                      "also write the results in JUnit's XML to this file, or - for stdout alone");
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = test(*options); });
}

}  // namespace purposewatch

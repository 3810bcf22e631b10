// purposewatch check: are these policy files sound?
#include <unistd.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agent/cli/command.h"
#include "agent/cli/missing_here.h"
#include "agent/cli/output.h"
#include "agent/cli/show_diagnostics.h"
#include "agent/files/whole_file.h"
#include "rules/base/visible_text.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

struct CheckOptions {
  std::vector<std::string> paths;
  bool print_schema = false;
  bool print_guide = false;
  bool is_for_another_host = false;
  std::string key_file;
  OutputOptions output;
};

std::string count(std::size_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

nlohmann::ordered_json as_json(const LoadedPolicy& loaded) {
  nlohmann::ordered_json json = {{"valid", loaded.rules != nullptr}};
  if (loaded.rules) {
    const PolicyIdentity& identity = loaded.rules->identity;
    json["policy"] = {{"name", identity.name}, {"version", identity.version}, {"digest", identity.digest}};
    if (loaded.rules->serial) json["policy"]["serial"] = *loaded.rules->serial;
    json["stores"] = loaded.rules->stores.size();
    json["services"] = loaded.rules->services.size();
    json["permits"] = loaded.rules->permits.size();
    json["tests"] = loaded.rules->tests.size();
  }
  json["diagnostics"] = diagnostics_json(loaded.diagnostics);
  return json;
}

std::string as_text(const LoadedPolicy& loaded, const OutputOptions& output) {
  std::string text = diagnostics_text(loaded.diagnostics, output);
  if (!loaded.rules) return text;
  const RuleSet& rules = *loaded.rules;
  return text + visible_text(rules.identity.name + " " + rules.identity.version) + ": " +
         count(rules.stores.size(), "store") + ", " + count(rules.services.size(), "service") + ", " +
         count(rules.permits.size(), "permit") + ": " + styled("fine", Style::kGood, wants_color(output)) +
         "\n";
}

Result<PolicyKey> read_key(const std::string& path) {
  const auto pem = read_whole_file(path);
  if (!pem) return tl::unexpected(pem.error());
  auto key = PolicyKey::from_pem(*pem);
  if (!key) return fail(path + " " + key.error());
  return std::move(*key);
}

int check(const CheckOptions& options) {
  if (options.print_schema) {
    std::cout << policy_json_schema();
    return kFine;
  }
  if (options.print_guide) {
    std::cout << policy_guide();
    return kFine;
  }
  if (options.paths.empty()) throw CLI::RequiredError("PATH");
  std::optional<PolicyKey> key;
  if (!options.key_file.empty()) {
    auto read = read_key(options.key_file);
    if (!read) return complain("check", read.error().message, kCannotRunHere);
    key = std::move(*read);
  }
  // Whoever is not root checks what is to be installed elsewhere, or by others.
  const bool is_for_this_host = !options.is_for_another_host && geteuid() == 0;
  const auto custody =
      is_for_this_host ? FileDemands::Custody::kWarnUnlessOurs : FileDemands::Custody::kAnybodys;
  LoadedPolicy loaded = load_policy(options.paths, {.custody = custody, .key = key ? &*key : nullptr});
  if (loaded.rules && !options.is_for_another_host)
    for (Diagnostic& warning : missing_here(*loaded.rules)) loaded.diagnostics.push_back(std::move(warning));
  std::cout << (options.output.json() ? json_text(as_json(loaded)) : as_text(loaded, options.output));
  return loaded.rules ? kFine : kAnswerIsNo;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = app.add_subcommand("check", "validate policy files");
  command->add_option("PATH", options->paths, "policy files, or directories of *.yaml files");
  command->add_flag("--print-schema", options->print_schema,
                    "print the JSON Schema of policy files, for editors");
  command->add_flag("--print-guide", options->print_guide, "print what a policy file may hold, for people");
  command->add_flag("--elsewhere", options->is_for_another_host,
                    "the policy is for another host: its files need not be here");
  command->add_option("--policy-key", options->key_file,
                      "Ed25519 public key in PEM: is each file signed by it, as run --policy-key wants it?");
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace purposewatch

// purposewatch grants: who may do what for how long.
#include <iostream>
#include <memory>
#include <string>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/show_grants.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct GrantsOptions {
  std::string state_dir = "/var/lib/purposewatch";
  bool all = false;
  OutputOptions output;
};

int list(const GrantsOptions& options) {
  int exit_code = kFine;
  const Json answer = ask_agent_for_json("grants", options.state_dir, "grants", exit_code);
  if (answer.is_null()) return exit_code;
  if (options.output.json()) {
    std::cout << json_text(answer);
    return kFine;
  }
  const std::string table =
      grants_table(answer.value("grants", Json::array()), answer.value("boot_ns", std::uint64_t{0}),
                   options.all, wants_color(options.output));
  std::cout << (table.empty() ? "no grants\n" : table);
  return kFine;
}

}  // namespace

void add_grants(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<GrantsOptions>();
  CLI::App* command = app.add_subcommand("grants", "who may do what for how long");
  command->add_flag("--all", options->all, "also those that have ended, within a day");
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = list(*options); });
}

}  // namespace purposewatch

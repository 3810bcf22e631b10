#include "agent/cli/change_grant.h"

#include <iostream>
#include <memory>
#include <string>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/show_grants.h"

namespace purposewatch {
namespace {

struct ChangeOptions {
  std::string command, done, id;
  std::string state_dir = "/var/lib/purposewatch";
  OutputOptions output;
};

int change_one(const ChangeOptions& options) {
  int exit_code = kFine;
  const auto answer =
      ask_agent_for_json(options.command, options.state_dir, options.command + " " + options.id, exit_code);
  if (answer.is_null()) return exit_code;
  std::cout << (options.output.json() ? json_text(answer["grant"])
                                      : options.done + " " + grant_sentence(answer["grant"]) + "\n");
  return exit_code;
}

}  // namespace

void add_grant_change(CLI::App& app, int& exit_code, const GrantChangeCommand& change) {
  auto options = std::make_shared<ChangeOptions>();
  options->command = change.command;
  options->done = change.done;
  CLI::App* command = app.add_subcommand(change.command, change.about);
  command->add_option("GRANT", options->id, "its name, as `grants` shows it")->required();
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = change_one(*options); });
}

}  // namespace purposewatch

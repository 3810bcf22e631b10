// purposewatch revoke: ends a grant, at once.
#include <iostream>
#include <memory>
#include <string>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/show_grants.h"

namespace purposewatch {
namespace {

struct RevokeOptions {
  std::string id;
  std::string state_dir = "/var/lib/purposewatch";
  OutputOptions output;
};

int revoke(const RevokeOptions& options) {
  int exit_code = kFine;
  const auto answer = ask_agent_for_json("revoke", options.state_dir, "revoke " + options.id, exit_code);
  if (answer.is_null()) return exit_code;
  std::cout << (options.output.json() ? json_text(answer["grant"])
                                      : "revoked " + grant_sentence(answer["grant"]) + "\n");
  return exit_code;
}

}  // namespace

void add_revoke(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RevokeOptions>();
  CLI::App* command = app.add_subcommand("revoke", "end a grant, at once");
  command->add_option("GRANT", options->id, "its name, as `grants` shows it")->required();
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = revoke(*options); });
}

}  // namespace purposewatch

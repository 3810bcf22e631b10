// purposewatch grant: lets a person or a service do something for a while.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/cli/show_grants.h"

namespace purposewatch {
namespace {

using Json = nlohmann::ordered_json;

struct GrantOptions {
  std::string state_dir = "/var/lib/purposewatch";
  std::string who, store, purpose, reference, approved_by, duration;
  std::vector<std::string> clients, access;
  bool is_break_glass = false;
  OutputOptions output;
};

// One line, of which the agent reads as it reads a policy; what is not there is not asked for.
std::string request_of(const GrantOptions& options) {
  Json request = {{"who", options.who},         {"store", options.store},   {"access", options.access},
                  {"purpose", options.purpose}, {"ref", options.reference}, {"for", options.duration}};
  if (!options.clients.empty()) request["clients"] = options.clients;
  if (!options.approved_by.empty()) request["approved-by"] = options.approved_by;
  if (options.is_break_glass) request["break-glass"] = true;
  return "grant " + request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

int give(const GrantOptions& options) {
  int exit_code = kFine;
  const Json answer = ask_agent_for_json("grant", options.state_dir, request_of(options), exit_code);
  if (!answer.is_null())
    std::cout << (options.output.json() ? json_text(answer["grant"])
                                        : grant_sentence(answer["grant"]) + "\n");
  return exit_code;
}

}  // namespace

void add_grant(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<GrantOptions>();
  CLI::App* command = app.add_subcommand("grant", "let a person or a service do something for a while");
  command
      ->add_option("--who", options->who,
                   "the user or service; user:NAME or service:NAME where both are there")
      ->required();
  command->add_option("--store", options->store, "on what")->required();
  command->add_option("--client", options->clients, "whose data; repeatable (default: everybody's)")
      ->allow_extra_args(false);
  command->add_option("--access", options->access, "how: kinds of access, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  command->add_option("--purpose", options->purpose, "why")->required();
  command->add_option("--ref", options->reference, "the ticket or warrant that it is for")->required();
  auto* approved =
      command->add_option("--approved-by", options->approved_by, "the person who has approved it");
  command->add_option("--for", options->duration, "how long: 30d, 12h, 15m or 20s")->required();
  command->add_flag(
      "--break-glass", options->is_break_glass,
      "nobody can be asked now: it counts at once, pages, and stays open until somebody reviews it");
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, approved, &exit_code] {
    if (approved->empty() && !options->is_break_glass)
      throw CLI::RequiredError("--approved-by (or --break-glass)");
    exit_code = give(*options);
  });
}

}  // namespace purposewatch

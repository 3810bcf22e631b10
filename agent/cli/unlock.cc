// purposewatch unlock, purposewatch lock: an agent that is protected lets itself be changed for a while.
#include <iostream>
#include <memory>
#include <string>

#include "agent/cli/ask_agent.h"
#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

struct UnlockOptions {
  std::string duration = "15m", reason;
  std::string state_dir = "/var/lib/purposewatch";
  OutputOptions output;
};

int unlock(const UnlockOptions& options) {
  const auto lasts = parse_duration(options.duration);
  if (!lasts)
    return complain("unlock", "'" + options.duration + "' is no duration like 12h, 15m or 20s", kWrongUsage);
  int exit_code = kFine;
  const nlohmann::ordered_json request = {{"seconds", lasts->count()}, {"reason", options.reason}};
  const auto answer = ask_agent_for_json(
      "unlock", options.state_dir,
      "unlock " + request.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace), exit_code);
  if (answer.is_null()) return exit_code;
  std::cout << (options.output.json() ? json_text(answer)
                                      : "unlocked until " + answer.value("unlocked_until", "") +
                                            "; `purposewatch lock` ends it\n");
  return exit_code;
}

int lock(const UnlockOptions& options) {
  int exit_code = kFine;
  const auto answer = ask_agent_for_json("lock", options.state_dir, "lock", exit_code);
  if (answer.is_null()) return exit_code;
  std::cout << (options.output.json() ? json_text(answer) : "locked\n");
  return exit_code;
}

}  // namespace

void add_unlock(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<UnlockOptions>();
  CLI::App* command = app.add_subcommand("unlock", "let an agent that is protected be changed for a while");
  command->add_option("--for", options->duration, "how long: 20s to 24h")->capture_default_str();
  command->add_option("--reason", options->reason, "why, for the evidence: the number of a ticket")
      ->required();
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = unlock(*options); });
}

void add_lock(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<UnlockOptions>();
  CLI::App* command = app.add_subcommand("lock", "end an unlock, at once");
  command->add_option("--state-dir", options->state_dir, "of the agent")->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_code] { exit_code = lock(*options); });
}

}  // namespace purposewatch

// purposewatch canary: what the agent starts to see whether it sees. No command for people: --help hides it.
#include <memory>

#include "agent/cli/command.h"
#include "agent/flow/canary_acts.h"

namespace purposewatch {

void add_canary(CLI::App& app, int& exit_code) {
  auto directory = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("canary", "Do what the agent must see, in a decoy store");
  command->group("");
  command->add_option("directory", *directory, "Made, and removed again")->required();
  command->callback([directory, &exit_code] { exit_code = act_as_canary(*directory); });
}

}  // namespace purposewatch

// purposewatch completion: for the package's build, so --help does not list it.
#include <iostream>
#include <memory>

#include "agent/cli/command.h"
#include "agent/cli/completion_script.h"

namespace purposewatch {

void add_completion(CLI::App& app, int& exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "print what makes a shell complete this program's words");
  command->group("");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  command->callback([&app, shell, &exit_code] {
    const auto commands = completed_commands(app);
    const auto script = *shell == "bash"  ? bash_completion
                        : *shell == "zsh" ? zsh_completion
                                          : fish_completion;
    std::cout << script(app.get_name(), commands);
    exit_code = kFine;
  });
}

}  // namespace purposewatch

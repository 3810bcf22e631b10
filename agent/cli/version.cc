// purposewatch version: what this is, and what it was built from.
#include "agent/cli/version.h"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agent/cli/command.h"
#include "agent/cli/output.h"
#include "agent/kernel/backend.h"

namespace purposewatch {

void add_version(CLI::App& app, int& exit_code) {
  auto output = std::make_shared<OutputOptions>();
  CLI::App* command = app.add_subcommand("version", "What this is");
  add_output_options(*command, *output);
  command->callback([output, &exit_code] {
    exit_code = kFine;
    if (output->json()) {
      std::cout << json_text(
          {{"version", kVersion}, {"revision", kRevision}, {"abi", kernel_interface_version()}});
      return;
    }
    const std::string revision = *kRevision ? fmt::format(" ({})", kRevision) : "";
    std::cout << fmt::format("purposewatch {}{}, kernel interface {}\n", kVersion, revision,
                             kernel_interface_version());
  });
}

}  // namespace purposewatch

// purposewatch: which process touches which client data, and for which purpose.
#include <CLI/CLI.hpp>
#include <clocale>

#include "agent/cli/command.h"

namespace {

// In the order of `--help`. A new command is one file in agent/cli and one line here.
constexpr purposewatch::AddCommand kCommands[] = {
    purposewatch::add_run,        purposewatch::add_check,  purposewatch::add_test,
    purposewatch::add_explain,    purposewatch::add_learn,  purposewatch::add_grant,
    purposewatch::add_grants,     purposewatch::add_revoke, purposewatch::add_review,
    purposewatch::add_unlock,     purposewatch::add_lock,   purposewatch::add_erase,
    purposewatch::add_doctor,     purposewatch::add_events, purposewatch::add_report,
    purposewatch::add_status,     purposewatch::add_verify, purposewatch::add_version,
    purposewatch::add_completion, purposewatch::add_canary,
};

}  // namespace

int main(int argc, char** argv) {
  std::setlocale(LC_ALL, "");  // tables measure text as this terminal shows it
  CLI::App app("Watches which process touches which client data, and flags what no purpose permits",
               "purposewatch");
  app.require_subcommand(1);
  int exit_code = purposewatch::kWrongUsage;
  for (purposewatch::AddCommand add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? purposewatch::kFine : purposewatch::kWrongUsage;
  }
  return exit_code;
}

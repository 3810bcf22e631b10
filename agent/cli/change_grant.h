// Commands that change one grant: they name it, and the agent answers how it is afterwards.
#pragma once

#include <CLI/CLI.hpp>

namespace purposewatch {

struct GrantChangeCommand {
  const char* command;  // also the word of the request
  const char* about;
  const char* done;  // "revoked"
};

void add_grant_change(CLI::App& app, int& exit_code, const GrantChangeCommand& change);

}  // namespace purposewatch

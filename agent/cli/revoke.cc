// purposewatch revoke: ends a grant, at once.
#include "agent/cli/change_grant.h"
#include "agent/cli/command.h"

namespace purposewatch {

void add_revoke(CLI::App& app, int& exit_code) {
  add_grant_change(app, exit_code, {.command = "revoke", .about = "end a grant, at once", .done = "revoked"});
}

}  // namespace purposewatch

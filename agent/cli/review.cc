// purposewatch review: a second person has looked at a break-glass grant.
#include "agent/cli/change_grant.h"
#include "agent/cli/command.h"

namespace purposewatch {

void add_review(CLI::App& app, int& exit_code) {
  add_grant_change(app, exit_code,
                   {.command = "review",
                    .about = "close a break-glass grant that somebody else had asked for",
                    .done = "reviewed"});
}

}  // namespace purposewatch

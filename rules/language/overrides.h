// A file that changes what other files define, so that a shipped policy need not be edited:
//
//   override:
//     stores:   {client-mail: {paths: [/srv/mail/{client}]}}     these keys; the others stay as they are
//     permits:  {nightly: {window: "01:00-04:00"}}               by name
//     remove:   {services: [exim], stores: [], permits: [], tests: true}
#pragma once

#include <vector>

#include "rules/language/node.h"

namespace purposewatch {

// Applies every `override` section to the files and takes it out. Their shapes were checked.
void apply_overrides(std::vector<Node>& roots, Diagnostics& diagnostics);

}  // namespace purposewatch

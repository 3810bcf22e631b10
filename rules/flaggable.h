// For what a policy's stores can be flagged at all: the series that a counter of it needs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rules/language/rule_set.h"

namespace purposewatch {

struct Flaggable {
  std::string store;
  AccessKind kind = AccessKind::kRead;
  Reason reason = Reason::kNone;
};

// Whatever judge, or a limit, can answer under these rules, and perhaps some more. The reasons that every
// store has come first; what has the same reason stands together.
std::vector<Flaggable> flaggable(const RuleSet& rules);

}  // namespace purposewatch

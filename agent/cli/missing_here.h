// What a policy names, and this host does not have: a misspelt path watches nothing, and nobody notices.
#pragma once

#include <vector>

#include "rules/language/diagnostic.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

// One warning for each service whose executables or scripts are not here, and for each store with paths that
// match nothing. In the policy's order. Looks at directories, at no more than so many names: what takes
// longer counts as being here.
std::vector<Diagnostic> missing_here(const RuleSet& rules);

}  // namespace purposewatch

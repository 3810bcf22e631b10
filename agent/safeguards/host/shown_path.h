// Paths as they may be told: what a safeguard says goes to logs and to the open part of the evidence, where
// no erasure reaches it.
#pragma once

#include <string>
#include <string_view>

#include "rules/language/rule_set.h"

namespace purposewatch {

// With the names that a store's pattern captures left out: "/home/{client}/Maildir". As far as the path goes;
// of what is matched by "*" alone, "*".
std::string shown_path(const RuleSet& rules, std::string_view path);

}  // namespace purposewatch

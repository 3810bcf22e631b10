// Which promise of the policy an unpermitted access breaks.
#pragma once

#include <string_view>

#include "rules/language/rule_set.h"
#include "rules/model/access.h"

namespace purposewatch {

std::string_view broken_clause(const Store& store, AccessKind kind);
// And what leaves it without one.
std::string_view disclosing_clause(const Store& store);

// Reading what is public anyway is no disclosure: the clause that says so.
inline constexpr std::string_view kPublicClause = "P5";

}  // namespace purposewatch

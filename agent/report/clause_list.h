// The clauses of a policy: what they promise, and what of the policy stands for it.
#pragma once

#include <vector>

#include "exporters/report/report.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

// rules: null when the policy cannot be read; then the clauses that are known by name.
std::vector<ClauseReport> clauses_of(const RuleSet* rules);

// The one of this id; it is added when there is none yet and there are not too many. Null: there are.
ClauseReport* clause_in(std::vector<ClauseReport>& clauses, const std::string& id);

}  // namespace purposewatch

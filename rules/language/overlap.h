// Sets of paths, compared: what two patterns have in common.
#pragma once

#include "rules/language/rule_set.h"

namespace purposewatch {

// Is there a path that both cover? (A pattern covers everything beneath, so the shorter one decides.)
bool patterns_meet(const PathPattern& a, const PathPattern& b);

// About how long it takes to compare them in any of these ways (steps_to_compare).
std::uint64_t steps_to_compare(const PathPattern& a, const PathPattern& b);

// Does `outer` cover whatever `inner` covers? May say no where the answer is yes, never the other way round.
bool pattern_covers_all_of(const PathPattern& outer, const PathPattern& inner);

// Does `outer` cover whatever both `a` and `b` cover? Conservative in the same way.
bool pattern_covers_common(const PathPattern& outer, const PathPattern& a, const PathPattern& b);

}  // namespace purposewatch

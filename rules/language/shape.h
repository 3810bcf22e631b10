// Does a file's tree have the shape the grammar asks for? After this, readers take values without asking
// again.
#pragma once

#include "rules/language/grammar.h"
#include "rules/language/node.h"

namespace purposewatch {

// Reports every unknown, missing, unsupported or wrongly filled key.
void check_shape(const Node& root, const Section& section, Diagnostics& diagnostics);

}  // namespace purposewatch

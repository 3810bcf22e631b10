// What the policy checker found, for a person or a program.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agent/cli/output.h"
#include "rules/language/diagnostic.h"

namespace purposewatch {

// One line each; before a terminal also the offending line with a caret beneath the place.
std::string diagnostics_text(const std::vector<Diagnostic>& diagnostics, const OutputOptions& options);

nlohmann::ordered_json diagnostics_json(const std::vector<Diagnostic>& diagnostics);

}  // namespace purposewatch

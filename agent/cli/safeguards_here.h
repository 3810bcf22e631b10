// What a policy promises of this host, looked at once, without an agent.
#pragma once

#include <string>
#include <vector>

#include "rules/model/health.h"

namespace purposewatch {

// None, when the policy cannot be read. What only a running agent knows is not among them.
std::vector<SafeguardHealth> safeguards_here(const std::string& policy);

}  // namespace purposewatch

// Policy files from disk.
#pragma once

#include <string>
#include <vector>

#include "rules/language/policy.h"

namespace purposewatch {

// Files as given; of directories every *.yaml in name order, hidden ones left out. Reports what cannot be
// read, a directory without policies, and files that no policy can be (larger than kPolicyBytesMax, devices,
// pipes).
std::vector<PolicyText> read_policy_files(const std::vector<std::string>& paths, Diagnostics& diagnostics);

}  // namespace purposewatch

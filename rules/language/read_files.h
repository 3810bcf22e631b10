// Policy files from disk.
#pragma once

#include <string>
#include <vector>

#include "rules/language/policy.h"

namespace purposewatch {

// Files as given; of directories every *.yaml in name order, hidden ones left out. Reports what cannot be
// read, a directory without policies, and files that no policy can be (larger than kPolicyBytesMax, devices,
// pipes), or is in hands that it must not be in.
std::vector<PolicyText> read_policy_files(const std::vector<std::string>& paths, const FileDemands& demands,
                                          Diagnostics& diagnostics);

}  // namespace purposewatch

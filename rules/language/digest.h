// Which policy was in force: a digest of its files.
#pragma once

#include <string>
#include <vector>

#include "rules/language/policy.h"

namespace purposewatch {

// Lower-case hexadecimal SHA-256 over each text's length (8 bytes, big-endian) and bytes, in the order given.
// File names do not count: a policy that is moved stays the same policy.
std::string policy_digest(const std::vector<PolicyText>& texts);

}  // namespace purposewatch

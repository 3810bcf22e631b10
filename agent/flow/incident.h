// The fingerprint of an incident: findings with the same store, who and reason are one.
#pragma once

#include <string>

#include "rules/model/finding.h"

namespace purposewatch {

// 16 hexadecimal digits. "Who" is the person behind the process where a login is known, else the effective
// user, with the executable: so that pids and sessions do not split an incident.
std::string incident_of(const Subject& subject, const Verdict& verdict);

}  // namespace purposewatch

// How soon a person should look at a finding, and what it is a threat to.
#pragma once

#include "rules/model/access.h"
#include "rules/model/incident.h"
#include "rules/model/verdict.h"

namespace purposewatch {

// Critical: whatever has no business with the store at all, was tampered with, goes below the file system, or
// may carry data off the host.
// Warning: a service or a person of the policy, beyond what it may do. One less where only names or
// attributes were touched.
Severity severity_of(AccessKind kind, Reason reason);

Threat threat_of(AccessKind kind, Reason reason);

}  // namespace purposewatch

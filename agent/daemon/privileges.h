// The least that works: what the agent still may do once the sensor is loaded.
#pragma once

#include <string>
#include <vector>

#include "rules/base/result.h"

namespace purposewatch {

// Keeps CAP_BPF and CAP_PERFMON (tables and iterators of a reload) and CAP_DAC_READ_SEARCH (finding stores
// and executables below closed directories), gives up all others for good, and sets no_new_privs. Returns the
// names of those kept.
Result<std::vector<std::string>> drop_privileges();

}  // namespace purposewatch

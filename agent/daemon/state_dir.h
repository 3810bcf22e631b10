// The state directory: made 0700, and held by one agent at a time.
#pragma once

#include <string>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

// The descriptor holds the lock as long as it is open.
Result<Descriptor> hold_state_dir(const std::string& path);

}  // namespace purposewatch

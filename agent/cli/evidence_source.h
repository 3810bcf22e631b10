// The evidence in a state directory, for commands that only read it.
#pragma once

#include <memory>
#include <string>

#include "exporters/evidence/storage.h"
#include "rules/base/result.h"

namespace purposewatch {

// An error: there is none; it is not made.
Result<std::unique_ptr<Storage>> evidence_of(const std::string& state_dir);

}  // namespace purposewatch

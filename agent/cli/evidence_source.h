// The evidence in a state directory, for commands that only read it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "exporters/evidence/storage.h"
#include "rules/base/result.h"

namespace purposewatch {

// An error: there is none; it is not made.
Result<std::unique_ptr<Storage>> evidence_of(const std::string& state_dir);

// For Progress.
std::string reading_evidence_text(std::size_t segments_done, std::size_t segments_all);

}  // namespace purposewatch

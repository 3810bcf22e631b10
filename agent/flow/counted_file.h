// What was counted against limits, kept over restarts: one file of JSON.
#pragma once

#include <string>
#include <vector>

#include "rules/base/result.h"
#include "rules/limits.h"

namespace purposewatch {

// Nothing, when there is no such file.
Result<std::vector<Limits::Counted>> read_counted(const std::string& path);
Result<void> write_counted(const std::string& path, const std::vector<Limits::Counted>& all);

}  // namespace purposewatch

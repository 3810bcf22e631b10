// Copies of client data that nobody had permitted, kept over restarts: one file of JSON.
#pragma once

#include <string>
#include <vector>

#include "agent/kernel/derived_files.h"
#include "rules/base/result.h"

namespace purposewatch {

// Nothing, when there is no such file.
Result<std::vector<DerivedFile>> read_copies(const std::string& path);
Result<void> write_copies(const std::string& path, const std::vector<DerivedFile>& all);

}  // namespace purposewatch

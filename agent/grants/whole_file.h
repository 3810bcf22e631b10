// A small file, read or replaced as a whole.
#pragma once

#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// At most 64 KiB of a regular file; links are not followed.
Result<std::string> read_whole_file(const std::string& path);

// Synced, mode 0600: whatever happens meanwhile, there is afterwards the old file or the new one.
Result<void> write_whole_file(const std::string& path, const std::string& bytes);

}  // namespace purposewatch

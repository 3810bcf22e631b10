// A small file, read or replaced as a whole.
#pragma once

#include <cstddef>
#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// A regular file that is no larger than this; links are not followed.
Result<std::string> read_whole_file(const std::string& path, std::size_t bytes_max = 64 * 1024);

// Synced, mode 0600: whatever happens meanwhile, there is afterwards the old file or the new one.
Result<void> write_whole_file(const std::string& path, const std::string& bytes);

}  // namespace purposewatch

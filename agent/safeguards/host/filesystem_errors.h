// Errors that file systems have found in themselves, and count.
#pragma once

#include <string>
#include <vector>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

struct FileSystemErrors {
  std::size_t counters = 0;  // that could be read
  std::vector<std::string> found, unclear;
};

// Of ext4 and btrfs; XFS counts none where it can be read without asking the file system itself.
FileSystemErrors file_system_errors(const HostView& host);

}  // namespace purposewatch

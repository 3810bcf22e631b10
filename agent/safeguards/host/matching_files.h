// The files that a policy's patterns name: absolute paths in which '*' stands for any run of bytes within one
// name.
#pragma once

#include <string>
#include <vector>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

struct MatchingFiles {
  std::vector<std::string> paths;    // as the host has them, each once, sorted
  std::vector<std::string> unclear;  // what could not be looked through, and why, in words
};

// As in a shell, '*' passes over names that begin with a dot, which is where programs write what is not
// complete yet.
MatchingFiles matching_files(const HostView& host, const std::vector<std::string>& patterns);

}  // namespace purposewatch

// How many descriptors the agent may have open, and who of its guests may have how many of them: so that no
// crowd of connections keeps it from opening what it works with.
#pragma once

#include <cstddef>

#include "rules/base/result.h"

namespace purposewatch {

struct DescriptorShares {
  std::size_t all = 0;
  unsigned web_connections = 0;
};

// What of so many is whose: the web server's guests get what the agent itself never needs. An error: they are
// too few.
Result<DescriptorShares> shares_of_descriptors(std::size_t all);

// After the limit was raised as far as this process may (RLIMIT_NOFILE; getrlimit(2)): most service managers
// leave 1024.
Result<DescriptorShares> take_descriptors();

}  // namespace purposewatch

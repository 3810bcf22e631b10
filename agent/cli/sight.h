// What a backend sees on a kernel of the ways to client data, in words.
#pragma once

#include <string>
#include <vector>

#include "agent/kernel/backend.h"

namespace purposewatch {

struct Sight {
  std::vector<std::string> sees, misses;  // each a phrase without a full stop
};

Sight sight_of(Backend backend, const KernelFacts& facts);

}  // namespace purposewatch

// What was built, for metrics and pages.
#pragma once

#include <string>

namespace purposewatch {

struct BuildInfo {
  std::string version;   // "0.1.0"
  std::string revision;  // of the sources; empty when unknown
};

}  // namespace purposewatch

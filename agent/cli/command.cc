#include "agent/cli/command.h"

#include <iostream>

#include "rules/base/visible_text.h"

namespace purposewatch {

int complain(std::string_view command, std::string_view why, ExitCode code) {
  std::cerr << "purposewatch " << command << ": " << visible_text(why, Backslash::kKeep) << "\n";
  return code;
}

}  // namespace purposewatch

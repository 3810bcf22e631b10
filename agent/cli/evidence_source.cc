#include "agent/cli/evidence_source.h"

#include <dirent.h>

#include <cerrno>
#include <cstring>

namespace purposewatch {

Result<std::unique_ptr<Storage>> evidence_of(const std::string& state_dir) {
  const std::string directory = state_dir + "/evidence";
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(directory.c_str()), closedir);
  if (!open) return fail("cannot read the evidence in " + directory + ": " + std::strerror(errno));
  return storage_in(directory);
}

}  // namespace purposewatch

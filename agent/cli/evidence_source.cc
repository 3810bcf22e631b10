#include "agent/cli/evidence_source.h"

#include <dirent.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace purposewatch {

Result<std::unique_ptr<Storage>> evidence_of(const std::string& state_dir) {
  const std::string directory = state_dir + "/evidence";
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(directory.c_str()), closedir);
  if (!open) return fail("cannot read the evidence in " + directory + ": " + std::strerror(errno));
  return storage_in(directory);
}

std::string reading_evidence_text(std::size_t segments_done, std::size_t segments_all) {
  return fmt::format("reading the evidence: {} of {} segments", segments_done, segments_all);
}

}  // namespace purposewatch

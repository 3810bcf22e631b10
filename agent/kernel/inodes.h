// Paths -> inodes as the kernel knows them, through the host's own mount namespace: the agent's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/sensor.h"
#include "bpf/abi.h"
#include "rules/base/result.h"

namespace purposewatch {

// One entry per path; nothing for a path that does not exist or cannot be reached. Symbolic links are
// followed.
Result<std::vector<std::optional<pw_inode_key>>> find_inodes(Sensor& sensor,
                                                             const std::vector<std::string>& paths);

}  // namespace purposewatch

// What the stores of a policy lie on: whoever opens one of these devices or files gets at their bytes below
// the file system, and around every path.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/rule_set.h"

namespace purposewatch {

struct StoreDevices {
  // Names of the stores, in the policy's order. A swap area may hold what any process had in memory: all of
  // them.
  std::map<dev_t, std::vector<std::string>> by_device;
  // Paths of files that are devices to the kernel (loop, swap files), as it remembers them.
  std::map<std::string, std::vector<std::string>> by_backing_file;
};

// Looks at the deepest directories of the policy's patterns that exist, and at what is mounted in stores.
// sys_root: "/sys"; mount_info, swaps: the texts of /proc/self/mountinfo and /proc/swaps.
StoreDevices find_store_devices(const RuleSet& rules, const std::string& sys_root,
                                std::string_view mount_info, std::string_view swaps);

}  // namespace purposewatch

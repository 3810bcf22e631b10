// Where the stores of a safeguard lie.
#pragma once

#include <string>
#include <vector>

#include "agent/safeguards/safeguard.h"
#include "agent/storage/mount_info.h"

namespace purposewatch {

struct StorePlace {
  std::string store;
  std::string root;  // a directory that files of it are in, as the host has it
};

// The directories that one store's files are in: also those that lie in another store's, which store_roots()
// leaves out of a whole policy's.
std::vector<std::string> roots_of(const Store& store);

// Of the stores that a safeguard is of: what comes before the first wildcard of each path. A store that is
// only sockets and ports has none.
std::vector<StorePlace> store_places(const Safeguard& promised, const RuleSet& rules);

// What the path lies on, as the kernel sees it: a mount that another one hides is not it. Where the path is
// not there: the mount whose point is deepest, the last of those. Null: none.
const MountInfo* mount_of(const HostView& host, const std::vector<MountInfo>& mounts,
                          const std::string& path);

}  // namespace purposewatch

// What the stores are mounted from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/safeguards/safeguard.h"
#include "agent/storage/mount_info.h"

namespace purposewatch {

// Nothing when the host's list of mounts cannot be read.
std::optional<std::vector<MountInfo>> mounts_of_host(const HostView& host);

// The path without symbolic links, as far as it exists; as the host has it, like the one that is given.
std::string without_links(const HostView& host, const std::string& path);

// Where the store's paths lie, and what is mounted within them; each mount once.
std::vector<const MountInfo*> mounts_of_store(const HostView& host, const Store& store,
                                              const std::vector<MountInfo>& mounts);

}  // namespace purposewatch

// What kind of place a copy went to, by the file system that it is on.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "agent/storage/mount_info.h"
#include "rules/model/disclosure.h"

namespace purposewatch {

// kNetworkFile where another host keeps the bytes, or a program (FUSE); kRemovable where they lie on what can
// be unplugged, by sysfs; else kCopy. device: of the file system, as st_dev shows it. sys_root: "/sys", or a
// tree that looks like it.
DisclosureKind medium_of(dev_t device, const std::vector<MountInfo>& mounts, const std::string& sys_root);

}  // namespace purposewatch

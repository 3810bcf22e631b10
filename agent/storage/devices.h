// Which block devices hold the bytes of a file system: whoever reads one of them reads the files without
// opening any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

// A mounted file system, by what statx says of any file on it.
struct FileSystem {
  dev_t device = 0;
  // stx_mnt_id (Linux 5.8); 0: not known. Tells apart what `device` does not: btrfs gives each of its
  // subvolumes a number of its own, which mountinfo does not have.
  std::uint64_t mount = 0;
};

struct StorageDevices {
  std::set<dev_t> devices;
  // Files behind loop devices, and devices behind zram, as the kernel remembers their paths; one that has
  // been removed ends with " (deleted)". The devices that hold these files are not among `devices`.
  std::vector<std::string> backing_files;
};

// The device of the file system; the disk that it is a partition of, but not the other partitions; what these
// are made of (LVM, dm-crypt, md), down to the last disk; and what is made of the file system's own device,
// or of the volume behind its snapshots (for a thin volume: every volume of its pool). All devices of a
// btrfs; realtime and log device of an XFS. Nothing for a file system without a device (tmpfs, overlay, nfs).
// When a btrfs cannot be told from others, the devices of them all: rather one too many than one too few.
//
// sys_root: "/sys", or a tree that looks like it. mount_info: the text of /proc/self/mountinfo. What these do
// not know is left out; the device of the file system itself never is.
StorageDevices find_storage_devices(const std::string& sys_root, FileSystem file_system,
                                    std::string_view mount_info);

}  // namespace purposewatch

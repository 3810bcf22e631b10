// What is mounted, by the text of /proc/PID/mountinfo (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

// One mount, as far as it says where a file system's bytes lie.
struct MountInfo {
  std::uint64_t id = 0;  // what statx calls stx_mnt_id
  dev_t device = 0;      // of the file system; btrfs's files have other numbers in st_dev
  std::string root;      // what of the file system is mounted; raw bytes
  std::string point;     // directory (or file) that it is mounted on; raw bytes
  std::string options;   // of this mount alone: "rw,nosuid"
  std::string type;
  std::string source;                      // "/dev/sda1", "tmpfs", "host:/export"
  std::vector<std::string> super_options;  // "rw", "rtdev=/dev/sdb"
  bool operator==(const MountInfo&) const = default;
};

// Lines that are not what Linux writes are left out.
std::vector<MountInfo> read_mount_info(std::string_view text);

}  // namespace purposewatch

// A block device and its neighbours, as sysfs shows them (Documentation/ABI/*/sysfs-block*).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/base/descriptor.h"

namespace purposewatch {

// `sys_root` is always a directory descriptor of "/sys", or of a tree that looks like it. What is missing
// there, or is not what Linux writes, is left out.
class BlockDevice {
 public:
  // Nothing when sysfs does not know the device.
  static std::optional<BlockDevice> find(int sys_root, dev_t number);

  // The whole disk that this is a partition of.
  std::optional<dev_t> disk() const;
  // What this device is made of (device mapper, md, bcache), one layer down.
  std::vector<dev_t> slaves() const;
  // What is made of this device, one layer up.
  std::vector<dev_t> holders() const;
  // The files that hold a loop device's bytes, by the path that the kernel remembers.
  std::vector<std::string> backing_files() const;
  // An LVM volume that serves other volumes only: the origin beneath its snapshots, the pool of thin volumes.
  bool is_inner_volume() const;

 private:
  explicit BlockDevice(Descriptor directory) : directory_(std::move(directory)) {}

  Descriptor directory_;
};

// The devices that the entries of a directory of sysfs stand for: slaves, holders, the devices of a btrfs.
std::vector<dev_t> devices_in(int parent, const std::string& directory);

// The names in a directory, without "." and "..". Empty when it cannot be read.
std::vector<std::string> names_in(int parent, const std::string& directory);

// The device that a path below /dev stands for, by the kernel's own names: "/dev/sda1", "/dev/cciss/c0d0",
// "/dev/mapper/vg-home". /dev itself is not asked, which a service may see without its devices. Nothing for
// names that only udev knows (/dev/disk/by-uuid/...), and for other paths.
std::optional<dev_t> find_device(int sys_root, std::string_view path);

}  // namespace purposewatch

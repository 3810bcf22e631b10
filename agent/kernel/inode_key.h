// An inode for good, as a value: what bpf/abi.h's pw_inode_key is between the kernel and us.
#pragma once

#include <sys/sysmacros.h>

#include <compare>
#include <cstdint>

#include "bpf/abi.h"

namespace purposewatch {

// The kernel packs device numbers as major << 20 | minor; stat(2) shows them otherwise.
inline std::uint32_t device_number(std::uint32_t kernel_device) {
  return static_cast<std::uint32_t>(makedev(kernel_device >> 20, kernel_device & 0xfffff));
}

inline std::uint32_t kernel_device(dev_t device) {
  return major(device) << 20 | minor(device);
}

struct InodeKey {
  std::uint64_t inode = 0;
  std::uint32_t device = 0;  // kernel encoding
  std::uint32_t generation = 0;
  auto operator<=>(const InodeKey&) const = default;

  static InodeKey of(const pw_inode_key& raw) { return {raw.inode, raw.device, raw.generation}; }
  pw_inode_key raw() const { return {.inode = inode, .device = device, .generation = generation}; }
};

}  // namespace purposewatch

#include "agent/kernel/filters.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "sensor.skel.h"

namespace purposewatch {

// As few bits as keep most directories apart from so many inodes: the fewer, the nearer they are to the CPU.
void clear_filters(sensor_bpf* skeleton, std::uint32_t slot, std::size_t inodes) {
  constexpr std::size_t kBitsForEach = 64, kBitsMin = 4096, kBitsMax = std::size_t{64} * PW_FILTER_WORDS;
  const std::size_t bits = std::bit_ceil(std::clamp(inodes * kBitsForEach, kBitsMin, kBitsMax));
  skeleton->bss->filter_shift[slot] = static_cast<__u32>(64 - std::countr_zero(bits));
  std::memset(skeleton->bss->anchor_filter[slot], 0, sizeof(skeleton->bss->anchor_filter[slot]));
  std::memset(skeleton->bss->name_filter[slot], 0, sizeof(skeleton->bss->name_filter[slot]));
  skeleton->bss->device_filter[slot] = 0;
}

// As bpf/resolve.h's may_lead_on and may_hold_anchors.
void add_to_filters(sensor_bpf* skeleton, std::uint32_t slot, const pw_inode_key& key, std::uint64_t names) {
  const std::uint64_t hash = pw_inode_hash(key.inode, key.device);
  const std::uint64_t bit = hash >> skeleton->bss->filter_shift[slot];
  __u64& below = skeleton->bss->name_filter[slot][hash >> 20 & (PW_NAME_SETS - 1)];
  __atomic_fetch_or(&below, names, __ATOMIC_RELEASE);
  __u64& word = skeleton->bss->anchor_filter[slot][bit >> 6 & (PW_FILTER_WORDS - 1)];
  __atomic_fetch_or(&word, 1ULL << (bit & 63), __ATOMIC_RELEASE);
  __atomic_fetch_or(&skeleton->bss->device_filter[slot], pw_device_bit(key.device), __ATOMIC_RELEASE);
}

}  // namespace purposewatch

// Inner maps: made at the size that the policy needs, filled in batches. Those that are not to change any
// more are frozen: then bpf(2) refuses to write there, whoever asks (BPF_MAP_FREEZE, since 5.2).
#pragma once

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

inline Result<Descriptor> new_map(bpf_map_type type, const char* name, std::size_t key_size,
                                  std::size_t value_size, std::size_t capacity) {
  LIBBPF_OPTS(bpf_map_create_opts, options);
  if (type == BPF_MAP_TYPE_ARRAY) options.map_flags = BPF_F_INNER_MAP;
  Descriptor map(bpf_map_create(type, name, static_cast<__u32>(key_size), static_cast<__u32>(value_size),
                                static_cast<__u32>(std::max<std::size_t>(capacity, 1)), &options));
  if (!map) return fail(fmt::format("cannot make the kernel table {}: {}", name, std::strerror(errno)));
  return map;
}

template <class Key, class Value>
Result<void> fill_map(int map, const char* name, std::vector<Key> keys, std::vector<Value> values) {
  auto count = static_cast<__u32>(keys.size());
  if (count == 0) return {};
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  if (bpf_map_update_batch(map, keys.data(), values.data(), &count, &options) != 0)
    return fail(fmt::format("cannot fill the kernel table {}: {}", name, std::strerror(errno)));
  return {};
}

template <class Key, class Value>
Result<Descriptor> new_hash(const char* name, const std::vector<Key>& keys, const std::vector<Value>& values,
                            std::size_t capacity) {
  auto map = new_map(BPF_MAP_TYPE_HASH, name, sizeof(Key), sizeof(Value), capacity);
  if (!map) return map;
  if (auto filled = fill_map(map->get(), name, keys, values); !filled) return tl::unexpected(filled.error());
  (void)bpf_map_freeze(map->get());
  return map;
}

template <class Value>
Result<Descriptor> new_array(const char* name, const std::vector<Value>& values) {
  auto map = new_map(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), sizeof(Value), values.size());
  if (!map) return map;
  std::vector<__u32> keys(values.size());
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<__u32>(i);
  if (auto filled = fill_map(map->get(), name, std::move(keys), values); !filled)
    return tl::unexpected(filled.error());
  (void)bpf_map_freeze(map->get());
  return map;
}

}  // namespace purposewatch

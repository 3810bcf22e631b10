// The filters that spare the kernel nearly every look-up of an inode (bpf/resolve.h): one bit for each that
// matters.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bpf/abi.h"

struct sensor_bpf;

namespace purposewatch {

// Empties the filters of a table set, and makes them fit for so many inodes.
void clear_filters(sensor_bpf* skeleton, std::uint32_t slot, std::size_t inodes);

// names: of the components below the inode that may lead on (pw_name_bit), or PW_ANY_NAME.
void add_to_filters(sensor_bpf* skeleton, std::uint32_t slot, const pw_inode_key& key, std::uint64_t names);

}  // namespace purposewatch

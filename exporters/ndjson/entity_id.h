// A name for one process of one boot that no later process can share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace purposewatch {

// 16 hexadecimal digits, the same for the same (boot, pid, start) in every version of the agent.
std::string process_entity_id(std::string_view boot_id, std::uint32_t pid, std::uint64_t start_boot_ns);

}  // namespace purposewatch

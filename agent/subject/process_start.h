// When a process started, by /proc/PID/stat.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace purposewatch {

// Field 22 of the file's content: start after boot, in clock ticks (proc(5)). Nothing when it is not what
// Linux writes.
std::optional<std::uint64_t> start_ticks(std::string_view stat);

std::uint64_t ns_per_tick();

}  // namespace purposewatch

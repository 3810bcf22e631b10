// Windows as the kernel is told of them: by the boot clock, which nobody can set.
#pragma once

#include <cstdint>
#include <vector>

#include "rules/window.h"

namespace purposewatch {

// When at least one of the windows is open now, or next (bpf/abi.h, pw_is_open). Both clocks at this moment,
// in nanoseconds. In whole seconds: those in which it is open from beginning to end.
std::uint64_t open_seconds(const std::vector<Window>& windows, std::int64_t wall_ns, std::int64_t boot_ns);

}  // namespace purposewatch

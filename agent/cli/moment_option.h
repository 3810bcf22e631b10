// A moment as it is typed.
#pragma once

#include <cstdint>
#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// "2026-11-25T03:00:00Z", as events have it; "2026-11-25 03:00", with a time zone behind it or in the host's;
// "2026-11-25", the day's beginning there; or "30d", "12h", "15m", "20s" before now. Nanoseconds since the
// epoch.
Result<std::int64_t> parse_moment_option(const std::string& text, std::int64_t now_ns);

}  // namespace purposewatch

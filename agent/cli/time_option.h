// A moment, as people type it.
#pragma once

#include <cstdint>
#include <string>

#include "rules/base/result.h"

namespace purposewatch {

// "2h" (30d, 12h, 15m, 20s before now_ns), RFC 3339 ("2026-11-25T03:00:00Z", "...+01:00"), or as `explain
// --at` takes it: "2026-11-25 03:00", or the day alone, with a time zone behind it or in the host's.
// Nanoseconds since the epoch.
Result<std::int64_t> moment_of_text(const std::string& text, std::int64_t now_ns);

}  // namespace purposewatch

// Moments as text.
#pragma once

#include <cstdint>
#include <string>

namespace purposewatch {

// RFC 3339 in UTC with nine digits of fraction: "2026-11-23T16:17:05.000000042Z". Any value is valid.
void append_rfc3339(std::string& out, std::int64_t wall_ns);

}  // namespace purposewatch

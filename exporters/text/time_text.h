// Moments as text.
#pragma once

#include <cstdint>
#include <string>

namespace purposewatch {

// RFC 3339 in UTC with nine digits of fraction: "2026-11-23T16:17:05.000000042Z". Any value is valid.
void append_rfc3339(std::string& out, std::int64_t wall_ns);
std::string rfc3339(std::int64_t wall_ns);

// "2026-11-23 16:17:05" in UTC.
std::string moment_text(std::int64_t wall_ns);

// Of whole seconds since the epoch, as metrics have them. What is no number is 0; years beyond 2255 are 2255.
std::int64_t wall_ns_of_seconds(double seconds);

// How long ago, or how soon, to one figure: "just now", "3 min ago", "in 2 h". Between two moments, in
// seconds.
std::string ago_text(double then, double now);

// Of such a text, with any number of digits of fraction, or none; 0 when it is no such text, and of years
// that nanoseconds in 64 bits do not reach (before 1678, after 2261).
std::int64_t wall_ns_of_rfc3339(const std::string& text);

}  // namespace purposewatch

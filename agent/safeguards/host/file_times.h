// When files were written, and times in words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace purposewatch {

inline constexpr std::int64_t kSecondNs = 1'000'000'000;
// A time further ahead than this is a clock's fault.
inline constexpr std::int64_t kAheadMaxNs = 300 * kSecondNs;

// When the content of a file or directory was last changed, in nanoseconds since the epoch; links are
// followed. Nothing: there is none, it cannot be looked at, or it is of another kind.
std::optional<std::int64_t> written_wall_ns(const std::string& path);
// Is there anything of that name? Nothing: that cannot be known.
std::optional<bool> is_there(const std::string& path);

// Empty: what was written then by an hourly timer can be believed now. Else what is wrong with it: "is 5 h
// old".
std::string why_not_believed(std::int64_t written_wall_ns, std::int64_t now_wall_ns);

// "40 s", "90 min", "26 h", "3 d".
std::string span_in_words(std::int64_t span_ns);
// "2027-01-15 08:00 UTC".
std::string utc_in_words(std::int64_t wall_ns);

}  // namespace purposewatch

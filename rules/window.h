// When a permit holds: some hours of some days of the week, in a time zone. Pure: whoever asks says what time
// it is.
//
// Hours are those of the zone's clocks, so a window keeps its hours when these are set to summer or winter.
// Where a clock shows an hour twice, a window that begins in it opens at the first and one that ends in it
// closes at the second; where it leaves one out, both happen at the moment of the change.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/language/diagnostic.h"

namespace date {
class time_zone;  // date/tz.h, a large header that only window.cc and the parser need
}

namespace purposewatch {

struct Window {
  std::string text;               // as written
  std::uint8_t days = 0x7f;       // on which it opens; bit 0: Monday
  std::chrono::seconds opens{};   // after midnight
  std::chrono::seconds closes{};  // after midnight, at most 24 h; not later than `opens`: on the next day
  const date::time_zone* zone{};  // of the process's own time zone database: never freed
  Position at;
};

struct Moment {
  std::string text;     // as written
  std::int64_t ns = 0;  // since the epoch
};

// From `opens_ns` to just before `closes_ns`, in nanoseconds since the epoch.
struct Interval {
  std::int64_t opens_ns = 0, closes_ns = 0;
};

// The interval in which at least one of the windows is open at now_ns, as far as one window reaches; when
// none is, the next. Nothing: none opens within two weeks (or there are none).
std::optional<Interval> open_interval(const std::vector<Window>& windows, std::int64_t now_ns);

// Without windows, always.
bool is_open(const std::vector<Window>& windows, std::int64_t now_ns);

}  // namespace purposewatch

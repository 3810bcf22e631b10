// The kernel's clocks, in nanoseconds.
#pragma once

#include <time.h>

#include <cstdint>

namespace purposewatch {

inline std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// Of the wall, since the epoch.
inline double wall_seconds() {
  return static_cast<double>(clock_ns(CLOCK_REALTIME)) / 1e9;
}

}  // namespace purposewatch

#include "rules/window.h"

#include <date/tz.h>

namespace purposewatch {
namespace {

using std::chrono::nanoseconds;

constexpr date::days kLookedAhead{14};  // a window may fall into an hour that is left out, once

std::int64_t ns_of(const date::time_zone& zone, date::local_seconds local, date::choose which) {
  return nanoseconds(zone.to_sys(local, which).time_since_epoch()).count();
}

bool opens_on(const Window& window, date::local_days day) {
  const unsigned monday_is_1 = date::weekday(day).iso_encoding();
  return (window.days >> (monday_is_1 - 1) & 1) != 0;
}

Interval interval_of(const Window& window, date::local_days day) {
  const date::local_days last = window.closes > window.opens ? day : day + date::days(1);
  return {.opens_ns = ns_of(*window.zone, day + window.opens, date::choose::earliest),
          .closes_ns = ns_of(*window.zone, last + window.closes, date::choose::latest)};
}

// The one that now_ns is in, or the next.
std::optional<Interval> open_interval(const Window& window, std::int64_t now_ns) {
  const date::sys_time<nanoseconds> now{nanoseconds(now_ns)};
  const auto today = date::floor<date::days>(window.zone->to_local(now));
  for (auto day = today - date::days(1); day <= today + kLookedAhead; day += date::days(1)) {
    if (!opens_on(window, day)) continue;
    const Interval interval = interval_of(window, day);
    if (interval.closes_ns > now_ns && interval.closes_ns > interval.opens_ns) return interval;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Interval> open_interval(const std::vector<Window>& windows, std::int64_t now_ns) {
  std::optional<Interval> best;
  for (const Window& window : windows) {
    const auto interval = open_interval(window, now_ns);
    if (!interval) continue;
    const bool both_open = best && best->opens_ns <= now_ns && interval->opens_ns <= now_ns;
    if (!best || (both_open ? interval->closes_ns > best->closes_ns : interval->opens_ns < best->opens_ns))
      best = interval;
  }
  return best;
}

bool is_open(const std::vector<Window>& windows, std::int64_t now_ns) {
  if (windows.empty()) return true;
  const auto interval = open_interval(windows, now_ns);
  return interval && interval->opens_ns <= now_ns;
}

}  // namespace purposewatch

#include "exporters/text/time_text.h"

#include <ctime>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace purposewatch {
namespace {

constexpr double kSecondsMax = 9e9;  // of which 64 bits can count the nanoseconds

void append_digits(std::string& out, std::uint64_t value, int digits) {
  const std::size_t end = out.size() + static_cast<std::size_t>(digits);
  out.resize(end, '0');
  for (int i = 1; i <= digits; ++i, value /= 10)
    out[end - static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_rfc3339(std::string& out, std::int64_t wall_ns) {
  using namespace std::chrono;
  // Split before chrono sees it: the second (or day) that holds the earliest moment starts before what 64
  // bits of nanoseconds can say.
  constexpr std::int64_t kPerSecond = 1'000'000'000;
  const std::int64_t below = wall_ns % kPerSecond;
  const std::int64_t fraction_ns = below < 0 ? below + kPerSecond : below;
  const sys_seconds moment{seconds{wall_ns / kPerSecond - (below < 0)}};
  const auto day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss time{moment - day};
  append_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, static_cast<std::uint64_t>(time.hours().count()), 2);
  out += ':';
  append_digits(out, static_cast<std::uint64_t>(time.minutes().count()), 2);
  out += ':';
  append_digits(out, static_cast<std::uint64_t>(time.seconds().count()), 2);
  out += '.';
  append_digits(out, static_cast<std::uint64_t>(fraction_ns), 9);
  out += 'Z';
}

std::string rfc3339(std::int64_t wall_ns) {
  std::string text;
  append_rfc3339(text, wall_ns);
  return text;
}

std::string moment_text(std::int64_t wall_ns) {
  std::string text = rfc3339(wall_ns);
  text.resize(19);
  text[10] = ' ';
  return text;
}

std::int64_t wall_ns_of_seconds(double seconds) {
  if (std::isnan(seconds)) return 0;
  return static_cast<std::int64_t>(std::clamp(seconds, -kSecondsMax, kSecondsMax)) * 1'000'000'000;
}

std::string ago_text(double then, double now) {
  struct Unit {
    double seconds;
    const char* name;
  };
  // The longest first; the last one is for whatever is left.
  constexpr Unit kUnits[] = {{2 * 86400, " days"}, {3600, " h"}, {60, " min"}, {1, " s"}};
  const double apart = std::min(std::abs(now - then), kSecondsMax);
  for (const Unit& unit : kUnits) {
    if (!(apart >= unit.seconds)) continue;  // so that what is no number is no time either
    const double one = std::min(unit.seconds, 86400.0);
    const std::string much = std::to_string(static_cast<std::int64_t>(apart / one)) + unit.name;
    return then > now ? "in " + much : much + " ago";
  }
  return "just now";
}

std::int64_t wall_ns_of_rfc3339(const std::string& text) {
  std::tm utc{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return 0;
  std::int64_t fraction_ns = 0, scale = 100'000'000;
  if (*rest == '.')
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) fraction_ns += (*rest - '0') * scale;
  std::int64_t ns = 0;
  const bool is_too_far = __builtin_mul_overflow(std::int64_t{timegm(&utc)}, 1'000'000'000, &ns) ||
                          __builtin_add_overflow(ns, fraction_ns, &ns);
  return is_too_far ? 0 : ns;
}

}  // namespace purposewatch

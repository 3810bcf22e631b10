#include "rules/language/times.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/language/nearest.h"

namespace purposewatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

struct Unit {
  char letter;
  seconds lasts;
};
constexpr std::array<Unit, 4> kUnits = {
    {{'d', hours(24)}, {'h', hours(1)}, {'m', minutes(1)}, {'s', seconds(1)}}};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(at, begin);
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

// Of two digits.
std::optional<unsigned> number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  return static_cast<unsigned>((text[0] - '0') * 10 + (text[1] - '0'));
}

// "00:00" to "24:00".
std::optional<seconds> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2)), minute = number(text.substr(3));
  if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute > 0)) return std::nullopt;
  return hours(*hour) + minutes(*minute);
}

std::optional<std::size_t> day_number(std::string_view name) {
  const auto day = std::find(kDays.begin(), kDays.end(), name);
  return day == kDays.end() ? std::nullopt : std::optional<std::size_t>(day - kDays.begin());
}

// "mon-fri", "sat,sun", "fri-mon": a bit for each.
std::optional<std::uint8_t> days_of(const std::string& text) {
  unsigned days = 0;
  for (const std::string& part : split(text, ',')) {
    const auto ends = split(part, '-');
    const auto first = day_number(ends.front()), last = day_number(ends.back());
    if (!first || !last || ends.size() > 2) return std::nullopt;
    for (std::size_t day = *first;; day = (day + 1) % kDays.size()) {
      days |= 1U << day;
      if (day == *last) break;
    }
  }
  return static_cast<std::uint8_t>(days);
}

// Zones are looked up in the host's database when they are first asked for; a host may have none, or say
// nothing of its own zone: that is then UTC, as for libc.
tl::expected<const date::time_zone*, std::string> zone_named(const std::string& name) {
  const auto load = [](const date::time_zone* zone) {
    (void)zone->get_info(date::sys_seconds{});  // read now what would be read when it is first asked
    return zone;
  };
  try {
    if (!name.empty()) return load(date::locate_zone(name));
  } catch (const std::exception&) {
    std::vector<std::string_view> names;
    try {
      for (const date::time_zone& zone : date::get_tzdb().zones) names.emplace_back(zone.name());
    } catch (const std::exception&) {
      return tl::make_unexpected("names the time zone '" + name +
                                 "', but this host has no time zone database");
    }
    const std::string hint = did_you_mean(name, names);
    return tl::make_unexpected("names a time zone that this host does not know, '" + name + "'" +
                               (hint.empty() ? "" : " (" + hint + ")"));
  }
  try {
    return load(date::current_zone());
  } catch (const std::exception&) {
  }
  try {
    return load(date::locate_zone("UTC"));
  } catch (const std::exception& error) {
    return tl::make_unexpected(std::string("needs a time zone database: ") + error.what());
  }
}

}  // namespace

tl::expected<Window, std::string> parse_window(const std::string& text, const Position& at) {
  const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
  auto words = split(text, ' ');
  Window window{.text = text, .at = at};
  if (const auto days = days_of(words.front())) {
    window.days = *days;
    words.erase(words.begin());
  }
  if (words.empty()) return refuse("names no hours, like 02:00-05:00");
  const auto ends = split(words.front(), '-');
  const auto opens = time_of_day(ends.front()), closes = time_of_day(ends.back());
  if (ends.size() != 2 || !opens || !closes || *opens == hours(24))
    return refuse("is no window like 02:00-05:00, mon-fri 22:00-06:00 or sat,sun 00:00-24:00 Europe/Berlin");
  if (*opens == *closes) return refuse("closes when it opens; all day is 00:00-24:00");
  window.opens = *opens;
  window.closes = *closes;
  if (words.size() > 2) return refuse("goes on after the time zone");
  const auto zone = zone_named(words.size() == 2 ? words[1] : "");
  if (!zone) return refuse(zone.error());
  window.zone = *zone;
  return window;
}

std::optional<seconds> parse_duration(const std::string& text) {
  constexpr std::size_t kDigitsMax = 5;
  if (text.size() < 2 || text.size() > kDigitsMax + 1 || text.front() == '0') return std::nullopt;
  seconds::rep count = 0;
  for (const char digit : std::string_view(text).substr(0, text.size() - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    count = count * 10 + (digit - '0');
  }
  for (const auto& [letter, unit] : kUnits)
    if (letter == text.back()) return count * unit;
  return std::nullopt;
}

std::string to_string(seconds duration) {
  for (const auto& [letter, unit] : kUnits)
    if (duration % unit == seconds(0)) return std::to_string(duration / unit) + letter;
  return std::to_string(duration.count()) + "s";
}

tl::expected<Moment, std::string> parse_moment(const std::string& text) {
  const auto refuse = [](std::string why) { return tl::make_unexpected(std::move(why)); };
  const auto words = split(text, ' ');
  const std::string& day = words.front();
  const bool is_day = day.size() == 10 && day[4] == '-' && day[7] == '-';
  const auto century = is_day ? number(day.substr(0, 2)) : std::nullopt;
  const auto year = is_day ? number(day.substr(2, 2)) : std::nullopt;
  const auto month = is_day ? number(day.substr(5, 2)) : std::nullopt;
  const auto of_month = is_day ? number(day.substr(8, 2)) : std::nullopt;
  const auto time = words.size() > 1 ? time_of_day(words[1]) : std::nullopt;
  if (!century || !year || !month || !of_month || !time || words.size() > 3)
    return refuse("is no moment like 2026-11-25 03:00 or 2026-11-25 03:00 Europe/Berlin");
  const date::year_month_day date{date::year(static_cast<int>(*century * 100 + *year)), date::month(*month),
                                  date::day(*of_month)};
  // Nanoseconds of 64 bits end in 2262.
  if (!date.ok() || date.year() < date::year(1970) || date.year() > date::year(2261))
    return refuse("is on no day of 1970 to 2261");
  const auto zone = zone_named(words.size() == 3 ? words[2] : "");
  if (!zone) return refuse(zone.error());
  const auto moment = (*zone)->to_sys(date::local_days(date) + *time, date::choose::earliest);
  return Moment{.text = text, .ns = std::chrono::nanoseconds(moment.time_since_epoch()).count()};
}

}  // namespace purposewatch

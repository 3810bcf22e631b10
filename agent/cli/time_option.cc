#include "agent/cli/time_option.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include "rules/language/times.h"

namespace purposewatch {
namespace {

using namespace std::chrono;

// Reads from the front of a text; is_good says whether all was as expected.
class Front {
 public:
  explicit Front(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    const char* end = rest_.data() + std::min(count, rest_.size());
    const auto read = std::from_chars(rest_.data(), end, value);
    is_good_ &= rest_.size() >= count && read.ptr == end && rest_.front() != '-';
    rest_.remove_prefix(std::min(count, rest_.size()));
    return value;
  }
  bool skip(char lower) {
    const bool is_there = !rest_.empty() && (rest_.front() | (lower >= 'a' ? 0x20 : 0)) == lower;
    if (is_there) rest_.remove_prefix(1);
    return is_there;
  }
  void expect(char lower) { is_good_ &= skip(lower); }
  // Of a second, as many as there are: beyond nanoseconds they say nothing.
  nanoseconds fraction() {
    nanoseconds value{0};
    nanoseconds::rep scale = 100'000'000;
    is_good_ &= has_digit();
    for (; has_digit(); rest_.remove_prefix(1), scale /= 10)
      value += nanoseconds((rest_.front() - '0') * scale);
    return value;
  }
  bool is_good() const { return is_good_; }
  bool is_at_end() const { return rest_.empty(); }

 private:
  bool has_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

  std::string_view rest_;
  bool is_good_ = true;
};

std::optional<std::int64_t> rfc3339(std::string_view text) {
  Front front(text);
  const int of_year = front.digits(4);
  front.expect('-');
  const auto of_month = static_cast<unsigned>(front.digits(2));
  front.expect('-');
  const year_month_day date{year(of_year), month(of_month), day(static_cast<unsigned>(front.digits(2)))};
  front.expect('t');
  const hours hour(front.digits(2));
  front.expect(':');
  const minutes minute(front.digits(2));
  front.expect(':');
  const seconds second(front.digits(2));
  const nanoseconds below = front.skip('.') ? front.fraction() : nanoseconds(0);
  minutes east{0};
  if (!front.skip('z')) {
    const bool is_west = front.skip('-');
    if (!is_west) front.expect('+');
    const hours zone_hour(front.digits(2));
    front.expect(':');
    const minutes zone_minute(front.digits(2));
    if (zone_hour >= hours(24) || zone_minute >= minutes(60)) return std::nullopt;
    east = (zone_hour + zone_minute) * (is_west ? -1 : 1);
  }
  if (!front.is_good() || !front.is_at_end() || !date.ok() || hour >= hours(24) || minute >= minutes(60) ||
      second >= seconds(60))
    return std::nullopt;
  // Nanoseconds of 64 bits end in 2262.
  if (date.year() < year(1971) || date.year() > year(2261)) return std::nullopt;
  return nanoseconds((sys_days(date) + hour + minute + second + below - east).time_since_epoch()).count();
}

// "2026-11-25" and "2026-11-25 Europe/Berlin" are that day's midnight.
std::string with_time_of_day(const std::string& text) {
  constexpr std::size_t kDayLength = 10;
  if (text.size() == kDayLength) return text + " 00:00";
  const bool has_zone =
      text.size() > kDayLength + 1 && (text[kDayLength + 1] < '0' || text[kDayLength + 1] > '9');
  return has_zone ? text.substr(0, kDayLength) + " 00:00" + text.substr(kDayLength) : text;
}

}  // namespace

Result<std::int64_t> moment_of_text(const std::string& text, std::int64_t now_ns) {
  if (const auto ago = parse_duration(text)) return now_ns - nanoseconds(*ago).count();
  if (const auto moment = rfc3339(text)) return *moment;
  if (const auto moment = parse_moment(with_time_of_day(text))) return moment->ns;
  return fail("'" + text +
              "' is no moment: write how long ago (2h, 30m, 7d), 2026-11-25, \"2026-11-25 03:00\" or "
              "2026-11-25T03:00:00Z");
}

}  // namespace purposewatch

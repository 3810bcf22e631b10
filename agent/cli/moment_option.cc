#include "agent/cli/moment_option.h"

#include <ctime>

#include "rules/language/times.h"

namespace purposewatch {
namespace {

constexpr std::size_t kDateLength = 10;

bool parse_utc(const std::string& text, std::int64_t& ns) {
  std::tm utc{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr) return false;
  ns = static_cast<std::int64_t>(timegm(&utc)) * 1'000'000'000;
  std::int64_t scale = 100'000'000;
  if (*rest == '.')
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest, scale /= 10) ns += (*rest - '0') * scale;
  return std::string_view(rest) == "Z";
}

}  // namespace

Result<std::int64_t> parse_moment_option(const std::string& text, std::int64_t now_ns) {
  if (std::int64_t ns = 0; parse_utc(text, ns)) return ns;
  if (const auto duration = parse_duration(text)) return now_ns - std::chrono::nanoseconds(*duration).count();
  const auto moment = parse_moment(text.size() == kDateLength ? text + " 00:00" : text);
  if (!moment)
    return fail("'" + text + "' is no moment: write 2026-11-25, \"2026-11-25 03:00\", or 30d, 12h, 15m");
  return moment->ns;
}

}  // namespace purposewatch

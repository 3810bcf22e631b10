#include "agent/safeguards/host/file_times.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace purposewatch {

std::optional<std::int64_t> written_wall_ns(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return std::nullopt;
  // A file system may hold times that no count of nanoseconds does.
  constexpr std::int64_t kSecondsMax = 9'000'000'000;
  const std::int64_t seconds = std::clamp<std::int64_t>(status.st_mtim.tv_sec, -kSecondsMax, kSecondsMax);
  return seconds * kSecondNs + status.st_mtim.tv_nsec;
}

std::optional<bool> is_there(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return std::nullopt;
}

std::string why_not_believed(std::int64_t written_wall_ns, std::int64_t now_wall_ns) {
  constexpr std::int64_t kAgeMaxNs = 3 * 3600 * kSecondNs;
  if (written_wall_ns > now_wall_ns + kAheadMaxNs) return "is from the future: a clock is wrong";
  if (now_wall_ns - written_wall_ns <= kAgeMaxNs) return "";
  return "is " + span_in_words(now_wall_ns - written_wall_ns) + " old";
}

std::string span_in_words(std::int64_t span_ns) {
  const std::int64_t seconds = span_ns / kSecondNs;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

std::string utc_in_words(std::int64_t wall_ns) {
  const std::time_t seconds = wall_ns / kSecondNs;
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return fmt::format("second {}", seconds);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min);
}

}  // namespace purposewatch

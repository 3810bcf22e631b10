#include <fmt/format.h>

#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/matching_files.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

constexpr const char* kBackupRemedy =
    "Run the backup now and see why it did not run by itself: systemctl list-timers, the log of its unit. "
    "Only a backup that was successful may write that file.";

struct Newest {
  std::string path;  // empty: there is none
  std::int64_t wall_ns = 0;
};

Newest newest_of(const HostView& host, const std::vector<std::string>& paths) {
  Newest newest;
  for (const std::string& path : paths)
    if (const auto written = written_wall_ns(host.path(path));
        written && (newest.path.empty() || *written > newest.wall_ns))
      newest = {path, *written};
  return newest;
}

// Of one backup: the files that its pattern names.
SafeguardResult look_at(const std::string& pattern, std::chrono::seconds within, const HostView& host) {
  const MatchingFiles files = matching_files(host, {pattern});
  const Newest newest = newest_of(host, files.paths);
  const std::int64_t age = host.wall_ns - newest.wall_ns;
  const bool is_fresh = age <= within.count() * kSecondNs;
  if (!newest.path.empty() && age < -kAheadMaxNs)
    return is_unknown(newest.path + " is from the future: " + utc_in_words(newest.wall_ns),
                      "A clock is wrong: timedatectl, here and where the backup is made.");
  if (!newest.path.empty() && is_fresh)
    return is_ok(fmt::format("the last one is {} old", span_in_words(std::max<std::int64_t>(age, 0))));
  if (!files.unclear.empty())
    return is_unknown(some_of(files.unclear), "May the agent read it? Is it mounted? findmnt --target PATH");
  if (newest.path.empty()) return is_violated("there is none: " + pattern, kBackupRemedy);
  return is_violated(fmt::format("the last one is {} old, and was to be younger than {}: {}",
                                 span_in_words(age), to_string(within), newest.path),
                     kBackupRemedy);
}

// 0 is the worst.
int rank_of(SafeguardState state) {
  return state == SafeguardState::kViolated ? 0 : state == SafeguardState::kUnknown ? 1 : 2;
}

}  // namespace

// Each of the patterns stands for a backup of its own.
SafeguardResult check_backup_fresh(const Safeguard& promised, const HostView& host) {
  std::optional<SafeguardResult> worst;
  for (const std::string& pattern : promised.files)
    if (SafeguardResult one = look_at(pattern, promised.within, host);
        !worst || rank_of(one.state) < rank_of(worst->state))
      worst = std::move(one);
  return worst.value_or(is_unknown("no file is named", "Name one with `files`."));
}

}  // namespace purposewatch

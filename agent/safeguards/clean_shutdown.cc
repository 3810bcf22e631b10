#include <charconv>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"

namespace purposewatch {
namespace {

// So long after the start, somebody was to look at it.
constexpr std::int64_t kShownSeconds = 24 * 3600;

// "12345.67 54321.00" (proc(5)).
std::optional<std::int64_t> uptime_seconds(const HostView& host) {
  const std::string text = line_of_file(host.path("/proc/uptime")).value_or("");
  std::int64_t uptime = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uptime);
  if (error != std::errc() || end == text.data() + text.size() || *end != '.' || uptime < 0)
    return std::nullopt;
  return uptime;
}

}  // namespace

SafeguardResult check_clean_shutdown(const Safeguard&, const HostView& host) {
  if (!host.agent.knows_run_before)
    return is_unknown("the agent has not run here before",
                      "It is known after the next start of the host. Until then: last -x");
  if (!host.agent.cut_off_wall_ns) return is_ok("the host was shut down before it was started again");
  const std::string when = utc_in_words(*host.agent.cut_off_wall_ns);
  if (const auto uptime = uptime_seconds(host); uptime && *uptime >= kShownSeconds)
    return is_ok("the host was cut off at " + when + ", and has been up for " +
                 span_in_words(*uptime * kSecondNs) + " since");
  return is_violated(
      "the host was cut off at " + when + "; no stop came before",
      "Find out why: power, a crash, or somebody at the machine (last -x; journalctl -b -1 -e; "
      "the BMC's log: ipmi-sel). What happened between then and the start was not watched.");
}

}  // namespace purposewatch

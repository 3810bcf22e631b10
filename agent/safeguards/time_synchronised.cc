#include <cstdlib>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"

namespace purposewatch {

SafeguardResult check_time_synchronised(const Safeguard&, const HostView& host) {
  const auto is_synchronised = host.calls.clock_is_synchronised();
  if (!is_synchronised)
    return is_unknown("the kernel does not say (adjtimex)", "See what sets the clock: timedatectl");
  if (*is_synchronised) return is_ok("the clock is synchronised");
  // It takes its time after each start of the host.
  constexpr std::int64_t kPatienceSeconds = 600;
  const std::string uptime = line_of_file(host.path("/proc/uptime")).value_or("");
  if (std::atoll(uptime.c_str()) < kPatienceSeconds && !uptime.empty())
    return is_unknown("the clock is not synchronised yet, since the host has just been started",
                      "Wait ten minutes; then see timedatectl.");
  return is_violated(
      "nobody sets the clock, or it is off by far",
      "timedatectl set-ntp true, or install chrony. If one of them runs, see whether it reaches "
      "its servers: chronyc sources, timedatectl timesync-status.");
}

}  // namespace purposewatch

#include "agent/safeguards/checks.h"

namespace purposewatch {

SafeguardResult check_sensor_alive(const Safeguard&, const HostView& host) {
  constexpr std::chrono::seconds kStuckAfter{30};
  if (host.facts_age > kStuckAfter)
    return is_violated(
        "the agent is stuck: its loop has not turned for " + std::to_string(host.facts_age.count()) + " s",
        "See what it waits for: cat /proc/$(pidof purposewatch)/stack. Then: systemctl restart purposewatch");
  if (host.agent.sees_everything) return is_ok("every access is seen");
  return is_violated(
      host.agent.why_not.empty() ? "not every access is seen" : host.agent.why_not,
      "purposewatch status says what is lost, purposewatch doctor what this kernel lets it see.");
}

}  // namespace purposewatch

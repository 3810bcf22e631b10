#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "rules/language/times.h"

namespace purposewatch {

SafeguardResult check_incidents_reviewed(const Safeguard& promised, const HostView& host) {
  std::size_t late = 0;
  const AgentFacts::OpenIncident* oldest = nullptr;
  for (const AgentFacts::OpenIncident& incident : host.agent.incidents) {
    if (host.wall_ns / kSecondNs - incident.opened_wall_ns / kSecondNs <= promised.within.count()) continue;
    ++late;
    if (oldest == nullptr || incident.opened_wall_ns < oldest->opened_wall_ns) oldest = &incident;
  }
  if (oldest != nullptr)
    return is_violated(fmt::format("{} open for more than {}, the oldest is {}", late,
                                   to_string(promised.within), oldest->id),
                       "purposewatch review lists them. Find out what it was, write that up, and say so: "
                       "purposewatch review INCIDENT --disposition ... --reference TICKET");
  if (host.agent.incidents.empty()) return is_ok("none is open");
  return is_ok(
      fmt::format("{} open, none for more than {}", host.agent.incidents.size(), to_string(promised.within)));
}

}  // namespace purposewatch

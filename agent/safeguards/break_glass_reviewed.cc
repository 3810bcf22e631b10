#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/language/times.h"

namespace purposewatch {

SafeguardResult check_break_glass_reviewed(const Safeguard& promised, const HostView& host) {
  std::vector<std::string> late;
  std::size_t waiting = 0;
  for (const Grant& grant : host.agent.grants) {
    if (!grant.is_break_glass || !grant.reviewed_by.empty()) continue;
    ++waiting;
    if (host.wall_ns / kSecondNs - grant.given_wall_ns / kSecondNs > promised.within.count())
      late.push_back(grant.id);
  }
  if (!late.empty())
    return is_violated(fmt::format("not reviewed within {}: {}", to_string(promised.within), some_of(late)),
                       "Somebody else than who asked for it looks at what was done (purposewatch events "
                       "--recorded) and says: purposewatch review GRANT");
  if (waiting > 0)
    return is_ok(
        fmt::format("{} not yet reviewed, none for more than {}", waiting, to_string(promised.within)));
  return is_ok("none waits for a review");
}

}  // namespace purposewatch

#include <fmt/format.h>

#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

// A grant ends by the boot clock, which the clock on the wall may be a little ahead of.
constexpr std::int64_t kLateSeconds = 3600;

const Purpose* purpose_of(const RuleSet& rules, const Grant& grant) {
  const auto found = std::find_if(rules.purposes.begin(), rules.purposes.end(),
                                  [&](const Purpose& purpose) { return purpose.name == grant.purpose; });
  return found == rules.purposes.end() ? nullptr : &*found;
}

std::int64_t seconds_of(const Grant& grant) {
  return grant.expires_wall_ns / kSecondNs - grant.given_wall_ns / kSecondNs;
}

// What is wrong with it; empty: nothing. Break-glass grants are reviewed by people (break-glass-reviewed),
// and may be over by then.
std::string wrong_with(const Grant& grant, const HostView& host) {
  const Purpose* purpose = purpose_of(*host.rules, grant);
  if (purpose == nullptr) return fmt::format("its purpose '{}' is none of the policy's", grant.purpose);
  if (grant.reference.empty()) return "has no reference";
  if (purpose->max_duration && seconds_of(grant) > purpose->max_duration->count())
    return fmt::format("lasts {}, and {} {} at most", to_string(std::chrono::seconds(seconds_of(grant))),
                       purpose->name, to_string(*purpose->max_duration));
  if (grant.is_break_glass) return "";
  if (grant.approved_by.empty()) return "was approved by nobody";
  if (purpose->needs_two && (grant.approved_by == grant.requested_by || grant.approved_by == grant.user))
    return "was approved by who asked for it or has it";
  if (host.wall_ns / kSecondNs - grant.expires_wall_ns / kSecondNs > kLateSeconds) return "should have ended";
  return "";
}

}  // namespace

SafeguardResult check_grants_in_order(const Safeguard&, const HostView& host) {
  std::vector<std::string> wrong;
  for (const Grant& grant : host.agent.grants)
    if (const std::string what = wrong_with(grant, host); !what.empty())
      wrong.push_back(fmt::format("{} {}", grant.id, what));
  if (!wrong.empty())
    return is_violated(
        some_of(wrong),
        "See them with purposewatch grants, and end what nobody answers for: purposewatch revoke "
        "GRANT. One that is needed is given anew, in order.");
  if (host.agent.grants.empty()) return is_ok("no grants");
  return is_ok(fmt::format("{} grants, all in order", host.agent.grants.size()));
}

}  // namespace purposewatch

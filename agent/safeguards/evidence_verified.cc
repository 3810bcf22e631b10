#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/language/times.h"

namespace purposewatch {
namespace {

constexpr const char* kEvidenceRemedy =
    "Verify it: purposewatch verify. If that finds something, keep the host as it is and call whoever is "
    "responsible for the evidence.";

}  // namespace

SafeguardResult check_evidence_verified(const Safeguard& promised, const HostView& host) {
  // The state directory is the agent's own, not one of the host's tree.
  const std::string path = host.agent.state_dir + "/verified";
  const auto there = is_there(path);
  if (there.has_value() && !*there)
    return is_violated("the evidence has never been verified on this host", kEvidenceRemedy);
  if (line_of_file(path).value_or("").starts_with("unsound"))
    return is_violated(
        "the evidence was verified, and is not what was written",
        "Keep the host as it is and call whoever is responsible for the evidence. What is wrong: "
        "purposewatch verify");
  const auto verified = number_of_file(path);  // nanoseconds since the epoch
  if (!verified || *verified <= 0)
    return is_unknown(path + " does not say when the evidence was verified", kEvidenceRemedy);
  if (*verified > host.wall_ns + kAheadMaxNs)
    return is_unknown("the evidence was verified in the future: " + utc_in_words(*verified),
                      "A clock is wrong: timedatectl. Then purposewatch verify.");
  const std::int64_t age = std::max<std::int64_t>(host.wall_ns - *verified, 0);
  if (age <= promised.within.count() * kSecondNs)
    return is_ok("the evidence was verified " + span_in_words(age) + " ago");
  return is_violated("the evidence was last verified " + span_in_words(age) + " ago, and was to be within " +
                         to_string(promised.within),
                     kEvidenceRemedy);
}

}  // namespace purposewatch

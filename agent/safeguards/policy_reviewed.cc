#include <fmt/format.h>

#include <chrono>

#include "agent/safeguards/checks.h"

namespace purposewatch {
namespace {

// "2027-06-30", in UTC.
std::string day_of(std::int64_t wall_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> moment{std::chrono::nanoseconds(wall_ns)};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(moment)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace

SafeguardResult check_policy_reviewed(const Safeguard&, const HostView& host) {
  const auto& review_by = host.rules->review_by;
  if (!review_by)
    return is_unknown("the policy has no review-by",
                      "Say by when a person reads it again: policy: {review-by: 2027-06-30}");
  // Dates of this form are in order as texts, too.
  if (day_of(host.wall_ns) <= *review_by) return is_ok("to be reviewed by " + *review_by);
  return is_violated("the policy was to be reviewed by " + *review_by,
                     "Read it again, with those who answer for it. Then give it a new version and review-by, "
                     "run purposewatch test on it, and systemctl reload purposewatch.");
}

}  // namespace purposewatch

#include "agent/paging/delivery.h"

#include <algorithm>

namespace purposewatch {

Delivery::Time Delivery::next_turn() const {
  if (retry_interval_ > std::chrono::seconds{0}) return next_retry_;
  return outbox_.version() > delivered_ ? Time{} : next_repeat_;
}

std::optional<PostProblem> Delivery::turn(Time now, std::int64_t wall_ns) {
  const bool is_repeat = now >= next_repeat_;
  const Outbox::Batch batch = outbox_.changes_since(is_repeat ? 0 : delivered_, wall_ns);
  std::optional<PostProblem> refusal;
  std::size_t first = 0;
  do {
    const auto begin = batch.alerts.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = std::min(kAlertsPerPost, batch.alerts.size() - first);
    auto problem = post_(alerts_json({begin, begin + static_cast<std::ptrdiff_t>(count)}));
    if (problem && !problem->is_refusal) {
      retry_interval_ = std::clamp(2 * retry_interval_, kFirstRetry, kLastRetry);
      next_retry_ = now + retry_interval_;
      return problem;
    }
    if (problem) refusal = std::move(problem);
    first += kAlertsPerPost;
  } while (first < batch.alerts.size());
  delivered_ = batch.version;
  retry_interval_ = std::chrono::seconds{0};
  if (is_repeat) next_repeat_ = now + kRepeatInterval;
  return refusal;
}

}  // namespace purposewatch

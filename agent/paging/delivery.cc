#include "agent/paging/delivery.h"

#include <algorithm>

namespace purposewatch {

Delivery::Time Delivery::next_turn() const {
  if (retry_interval_ > std::chrono::seconds{0}) return next_retry_;
  return outbox_.version() > delivered_ ? Time{} : next_repeat_;
}

Result<void> Delivery::turn(Time now, std::int64_t wall_ns) {
  const bool is_repeat = now >= next_repeat_;
  const Outbox::Batch batch = outbox_.changes_since(is_repeat ? 0 : delivered_, wall_ns);
  for (std::size_t first = 0; first < batch.alerts.size(); first += kAlertsPerPost) {
    const auto begin = batch.alerts.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = std::min(kAlertsPerPost, batch.alerts.size() - first);
    const Result<void> posted = post_(alerts_json({begin, begin + static_cast<std::ptrdiff_t>(count)}));
    if (posted) continue;
    retry_interval_ = std::clamp(2 * retry_interval_, kFirstRetry, kLastRetry);
    next_retry_ = now + retry_interval_;
    return posted;
  }
  delivered_ = batch.version;
  retry_interval_ = std::chrono::seconds{0};
  if (is_repeat) next_repeat_ = now + kRepeatInterval;
  return {};
}

}  // namespace purposewatch

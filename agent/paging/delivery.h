// Brings one Alertmanager to know what the outbox holds: what is new at once, everything every half minute
// (it may have forgotten, and takes what it hears nothing of for ended), and what could not be brought again
// and again, until it is.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "agent/paging/outbox.h"
#include "rules/base/result.h"

namespace purposewatch {

class Delivery {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kRepeatInterval{30};
  static constexpr std::chrono::seconds kFirstRetry{1}, kLastRetry{30};  // each twice the one before
  static constexpr std::size_t kAlertsPerPost = 500;

  // post: brings the body of one request; why it could not, is an error.
  Delivery(Outbox& outbox, std::function<Result<void>(const std::string& json)> post)
      : outbox_(outbox), post_(std::move(post)) {}

  std::uint64_t delivered() const { return delivered_; }  // version of the outbox
  // When there is something to do next. Now, or in the past: there is something to do.
  Time next_turn() const;
  // Does what is due. An error: it was refused, or nobody answered.
  Result<void> turn(Time now, std::int64_t wall_ns);

 private:
  Outbox& outbox_;
  std::function<Result<void>(const std::string&)> post_;
  std::uint64_t delivered_ = 0;
  Time next_repeat_{}, next_retry_{};
  std::chrono::seconds retry_interval_{0};  // 0: the last one was successful
};

}  // namespace purposewatch

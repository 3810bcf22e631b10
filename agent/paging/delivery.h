// Brings one Alertmanager to know what the outbox holds: what is new at once, everything every half minute
// (it may have forgotten), also when that is nothing: so it is known whether it can be told before it has to
// be. What could not be brought is brought again and again, until it is. What it refuses is not waited for:
// the others of the same request it has taken.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "agent/paging/outbox.h"

namespace purposewatch {

// Why a request was not taken.
struct PostProblem {
  std::string message;
  bool is_refusal = false;  // it was read, and some of it is wrong, or we are
};

class Delivery {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kRepeatInterval{30};
  static constexpr std::chrono::seconds kFirstRetry{1}, kLastRetry{30};  // each twice the one before
  static constexpr std::size_t kAlertsPerPost = 500;

  // post: brings the body of one request.
  using Post = std::function<std::optional<PostProblem>(const std::string& json)>;
  Delivery(Outbox& outbox, Post post) : outbox_(outbox), post_(std::move(post)) {}

  std::uint64_t delivered() const { return delivered_; }  // version of the outbox
  // When there is something to do next. Now, or in the past: there is something to do.
  Time next_turn() const;
  // Does what is due. Nothing: all of it was taken.
  std::optional<PostProblem> turn(Time now, std::int64_t wall_ns);

 private:
  Outbox& outbox_;
  Post post_;
  std::uint64_t delivered_ = 0;
  Time next_repeat_{}, next_retry_{};
  std::chrono::seconds retry_interval_{0};  // 0: the last one was successful
};

}  // namespace purposewatch

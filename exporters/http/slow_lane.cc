#include "exporters/http/slow_lane.h"

#include <utility>

namespace purposewatch {

SlowLane::SlowLane() : thread_([this] { work(); }) {}

bool SlowLane::submit(std::function<void()> task) {
  const std::lock_guard lock{mutex_};
  if (is_ending_ || waiting_.size() >= kWaitingMax) return false;
  waiting_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

void SlowLane::finish() {
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void SlowLane::work() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::function<void()> task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace purposewatch

// One thread for what takes long (a bcrypt check, a reload), so that scrapes never wait for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace purposewatch {

class SlowLane {
 public:
  static constexpr std::size_t kWaitingMax = 32;

  SlowLane();
  ~SlowLane() { finish(); }
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;

  // False, and nothing done, when too many are waiting or it has finished. Tasks must not throw.
  bool submit(std::function<void()> task);
  // Does what is waiting, and takes nothing more.
  void finish();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace purposewatch

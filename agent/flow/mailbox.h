// Work that other threads hand to the event loop, and wait for.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <mutex>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

class Mailbox {
 public:
  using Work = std::function<Result<void>()>;

  Mailbox();
  // From any thread but the loop's. Returns what the work returned; an error when the loop has ended.
  Result<void> call(Work work);

  // For the loop: readable when there is work; then run it.
  int descriptor() const { return wake_.get(); }
  void run();
  // No more work is taken; who still waits gets an error.
  void close();

 private:
  struct Letter {
    Work work;
    std::promise<Result<void>> answer;
  };
  Descriptor wake_;
  std::mutex mutex_;
  std::deque<Letter> letters_;
  bool closed_ = false;
};

}  // namespace purposewatch

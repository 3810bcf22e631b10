// The one thread that data flows on: descriptors that become readable, and a tick.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

class EventLoop {
 public:
  using Action = std::function<void(std::uint32_t events)>;  // EPOLLIN, ...

  static Result<EventLoop> create();

  // The descriptor stays the caller's, and must be removed before it is closed. An action may add and remove,
  // also itself.
  Result<void> add(int descriptor, std::uint32_t events, Action action);
  void change(int descriptor, std::uint32_t events);
  void remove(int descriptor);

  // Waits for at most `timeout` and runs what is due. False when the wait was interrupted by nothing but
  // time.
  bool run_once(std::chrono::milliseconds timeout);
  // How often that was done. For whoever shall do only so much in one round.
  std::uint64_t rounds() const { return rounds_; }

 private:
  EventLoop() = default;
  Descriptor epoll_;
  struct Watched {
    std::uint32_t serial = 0;  // tells a descriptor from an older one that had its number
    std::shared_ptr<Action> action;
  };
  std::map<int, Watched> watched_;
  std::uint32_t last_serial_ = 0;
  std::uint64_t rounds_ = 0;
};

}  // namespace purposewatch

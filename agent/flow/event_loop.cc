#include "agent/flow/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace purposewatch {

Result<EventLoop> EventLoop::create() {
  EventLoop loop;
  loop.epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  if (!loop.epoll_) return fail(fmt::format("cannot make an epoll instance: {}", std::strerror(errno)));
  return loop;
}

Result<void> EventLoop::add(int descriptor, std::uint32_t events, Action action) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
    return fail(fmt::format("cannot watch a descriptor: {}", std::strerror(errno)));
  actions_[descriptor] = std::make_shared<Action>(std::move(action));
  return {};
}

void EventLoop::change(int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::remove(int descriptor) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  actions_.erase(descriptor);
}

bool EventLoop::run_once(std::chrono::milliseconds timeout) {
  std::array<epoll_event, 64> due{};
  const int count =
      epoll_wait(epoll_.get(), due.data(), static_cast<int>(due.size()), static_cast<int>(timeout.count()));
  for (int i = 0; i < count; ++i) {
    const auto found = actions_.find(due[static_cast<std::size_t>(i)].data.fd);
    if (found == actions_.end()) continue;  // removed by an earlier action of this round
    const std::shared_ptr<Action> action = found->second;
    (*action)(due[static_cast<std::size_t>(i)].events);
  }
  return count > 0;
}

}  // namespace purposewatch

#include "agent/flow/event_loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace purposewatch {
namespace {

epoll_event event_of(int descriptor, std::uint32_t events, std::uint32_t serial) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{serial} << 32 | static_cast<std::uint32_t>(descriptor);
  return event;
}

}  // namespace

Result<EventLoop> EventLoop::create() {
  EventLoop loop;
  loop.epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  if (!loop.epoll_) return fail(fmt::format("cannot make an epoll instance: {}", std::strerror(errno)));
  return loop;
}

Result<void> EventLoop::add(int descriptor, std::uint32_t events, Action action) {
  epoll_event event = event_of(descriptor, events, ++last_serial_);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
    return fail(fmt::format("cannot watch a descriptor: {}", std::strerror(errno)));
  watched_[descriptor] = {last_serial_, std::make_shared<Action>(std::move(action))};
  return {};
}

void EventLoop::change(int descriptor, std::uint32_t events) {
  const auto known = watched_.find(descriptor);
  if (known == watched_.end()) return;
  epoll_event event = event_of(descriptor, events, known->second.serial);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::remove(int descriptor) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  watched_.erase(descriptor);
}

bool EventLoop::run_once(std::chrono::milliseconds timeout) {
  ++rounds_;
  std::array<epoll_event, 64> due{};
  const int count =
      epoll_wait(epoll_.get(), due.data(), static_cast<int>(due.size()), static_cast<int>(timeout.count()));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = due[static_cast<std::size_t>(i)];
    const auto found = watched_.find(static_cast<int>(event.data.u64 & 0xffffffffU));
    // Removed by an earlier action of this round; its number may have been given away since.
    if (found == watched_.end() || found->second.serial != event.data.u64 >> 32) continue;
    const std::shared_ptr<Action> action = found->second.action;
    (*action)(event.events);
  }
  return count > 0;
}

}  // namespace purposewatch

#include "agent/daemon/service_manager.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace purposewatch {
namespace {

constexpr std::chrono::milliseconds kLookUntilReady{100};
constexpr std::chrono::seconds kUnitLookInterval{5};
constexpr int kFeedingsPerTimeout = 4;

void say(const std::string& state) {
  (void)sd_notify(0, state.c_str());
}

}  // namespace

ServiceManager::ServiceManager(std::chrono::seconds patience) : patience_(patience) {
  is_there_ = std::getenv("NOTIFY_SOCKET") != nullptr;
  std::uint64_t timeout_us = 0;
  if (is_there_ && sd_watchdog_enabled(0, &timeout_us) > 0)
    feed_interval_ = std::chrono::microseconds(timeout_us) / kFeedingsPerTimeout;
}

void ServiceManager::tend(Clock::time_point now, bool moves, const std::function<Look()>& look) {
  if (!is_there_) return;
  if (!begun_) begun_ = now;
  if (feed_interval_ && moves && now >= next_feed_) {
    next_feed_ = now + *feed_interval_;
    say("WATCHDOG=1");
  }
  if (now < next_look_) return;
  const Look seen = look();
  const bool is_whole = seen.why_not_ready.empty();
  std::string status = is_whole ? seen.doing : "not ready: " + seen.why_not_ready;
  std::replace(status.begin(), status.end(), '\n', ' ');
  std::string news;
  if (status != status_) news = "STATUS=" + status + "\n";
  if (!is_ready_ && (is_whole || now - *begun_ >= patience_)) {
    is_ready_ = true;
    news += "READY=1\n";
  }
  if (!news.empty()) say(news);
  status_ = std::move(status);
  next_look_ = now;
  if (is_ready_)
    next_look_ += kUnitLookInterval;
  else
    next_look_ += kLookUntilReady;
}

ServiceManager::Reload ServiceManager::reload(std::int64_t monotonic_ns) const {
  return {is_there_ && is_ready_, monotonic_ns};
}

// To a manager that still waits for the start, the READY that ends a reload would end the start.
ServiceManager::Reload::Reload(bool is_told, std::int64_t monotonic_ns) : is_told_(is_told) {
  if (is_told_) say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n", monotonic_ns / 1000));
}

ServiceManager::Reload::~Reload() {
  if (is_told_) say("READY=1\n");
}

void ServiceManager::stops() const {
  if (is_there_) say("STOPPING=1\nSTATUS=ending\n");
}

}  // namespace purposewatch

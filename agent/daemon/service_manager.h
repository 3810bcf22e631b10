// What the service manager (systemd) is told: that the agent is ready, how it is, that it moves, that it
// ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace purposewatch {

// sd_notify(3). Without a service manager, nothing is said, and none of it costs anything. Says it by the
// thread that calls: one that hangs falls silent, and is started again.
class ServiceManager {
 public:
  using Clock = std::chrono::steady_clock;
  struct Look {
    std::string why_not_ready;  // empty: it sees everything
    std::string doing;          // what it does, when it does
  };

  // As the environment says. patience: see tend().
  explicit ServiceManager(std::chrono::seconds patience = std::chrono::seconds(60));

  // Once for each turn of the loop. moves: what the kernel has sent was read; only then is the watchdog fed.
  // Looks seldom. Ready is said when nothing is missing. When something still is after `patience`, it is
  // said, too: a unit that never gets ready would be killed for it, and see nothing at all; what is missing
  // then is its status.
  void tend(Clock::time_point now, bool moves, const std::function<Look()>& look);

  // As long as the answer lives, the policy is being reloaded.
  class [[nodiscard]] Reload {
   public:
    ~Reload();
    Reload(const Reload&) = delete;
    Reload& operator=(const Reload&) = delete;

   private:
    friend class ServiceManager;
    Reload(bool is_told, std::int64_t monotonic_ns);
    bool is_told_;
  };
  // monotonic_ns: CLOCK_MONOTONIC, by which the manager tells this reload from an earlier one.
  Reload reload(std::int64_t monotonic_ns) const;

  // The last word.
  void stops() const;

 private:
  bool is_there_ = false;
  bool is_ready_ = false;
  std::chrono::seconds patience_;
  std::optional<std::chrono::microseconds> feed_interval_;  // nothing: no watchdog
  std::optional<Clock::time_point> begun_;
  Clock::time_point next_feed_{}, next_look_{};
  std::string status_;
};

}  // namespace purposewatch

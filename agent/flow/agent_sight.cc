// Attached is not alive: whether the hooks are called at all, and who stands in for them when they are not.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "agent/flow/agent.h"
#include "agent/kernel/clock.h"

namespace purposewatch {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kLook{1};
constexpr seconds kNextAttempt{5};  // when the programs that are to stand in cannot be had

}  // namespace

std::string Agent::why_silent() {
  return is_ftrace_enabled() ? "nobody knows why" : "kernel.ftrace_enabled is 0";
}

void Agent::watch_sight() {
  const auto now = steady_clock::now();
  if (now < next_sight_) return;
  next_sight_ = now + kLook;
  if (sensor_->mend(tables_->generation())) {
    spdlog::error("somebody has written over the sensor's variables");
    tell_tampering(Tampering::kTables);
    tally_.count_absence();
  }
  if (ring_->take_rival()) {
    spdlog::error("somebody else has read what the sensor told");
    tell_tampering(Tampering::kRing);
    tally_.count_absence();
  }
  if (!sensor_->sees_opens()) return be_blind();
  if (silent_since_wall_ns_ != 0) see_again();
}

void Agent::unlock_until(std::uint64_t boot_ns, const std::string& why) {
  sensor_->unlock_until(boot_ns);
  tell_tampering(Tampering::kProtection, why);
}

// Now, and nobody knows by whom.
void Agent::tell_tampering(Tampering what, std::string detail) {
  pipeline_->tell(
      {.what = what, .detail = std::move(detail), .by = nullptr, .wall_ns = clock_ns(CLOCK_REALTIME)});
}

void Agent::be_blind() {
  const auto now = steady_clock::now();
  if (silent_since_wall_ns_ == 0) {
    silent_since_wall_ns_ = clock_ns(CLOCK_REALTIME);
    spdlog::error("the hooks of {} are not called any more: {}", name_of(sensor_->backend()), why_silent());
    tell_silence(0);
    tally_.count_absence();  // until now, nobody knows how much happened
  }
  if (stand_in_ || sensor_->backend() == Backend::kSyscalls || now < next_stand_in_) return;
  next_stand_in_ = now + kNextAttempt;
  SensorOptions options;
  options.backend = Backend::kSyscalls;
  options.stands_in_for = sensor_.get();
  auto stand_in = Sensor::start(options);
  if (!stand_in) return spdlog::error("nothing stands in for them: {}", stand_in.error().message);
  sensor_->let_stand_in(true);
  pipeline_->use_backend(std::string(name_of((*stand_in)->backend())));
  spdlog::warn("programs at system calls stand in for them");
  canary_->hasten();
  const std::lock_guard lock(mutex_);
  stand_in_ = std::move(*stand_in);
}

void Agent::see_again() {
  drain();  // what was seen by others is told as such
  sensor_->let_stand_in(false);
  pipeline_->use_backend(std::string(name_of(sensor_->backend())));
  tell_silence(clock_ns(CLOCK_REALTIME));
  silent_since_wall_ns_ = 0;
  spdlog::info("the hooks of {} are called again", name_of(sensor_->backend()));
  canary_->hasten();
  std::unique_ptr<Sensor> done;  // which takes the kernel a while
  const std::lock_guard lock(mutex_);
  done.swap(stand_in_);
}

// What only keeps the time does so in smaller steps.
void Agent::look_at_clock() {
  constexpr std::int64_t kStep = 1'000'000'000;
  const std::int64_t before = std::exchange(wall_minus_boot_ns_, wall_minus_boot_ns());
  const std::int64_t step = wall_minus_boot_ns_ - before;
  if (step > -kStep && step < kStep) return;
  const std::string detail = fmt::format("{:+.3f} s", static_cast<double>(step) / 1e9);
  spdlog::warn("the clock was set: {}", detail);
  tell_tampering(Tampering::kClock, detail);
}

// When it begins, and, with its end, when it is over.
void Agent::tell_silence(std::int64_t until_wall_ns) {
  TamperEvent event;
  event.what = Tampering::kHooksSilent;
  event.detail = until_wall_ns == 0 ? why_silent() : "they are called again";
  event.wall_ns = silent_since_wall_ns_;
  event.until_wall_ns = until_wall_ns;
  pipeline_->tell(event);
}

}  // namespace purposewatch

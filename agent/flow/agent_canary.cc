// The canary, and what this sensor can see of it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "agent/flow/agent.h"
#include "agent/kernel/clock.h"
#include "agent/kernel/io_uring.h"

namespace purposewatch {

std::set<CanaryAct> Agent::visible_acts() {
  std::set<CanaryAct> acts;
  for (const CanaryActInfo& info : kCanaryActs) acts.insert(info.act);
  const Sensor& sensor = calls_sensor();
  if (!sensor.sees_names())
    for (CanaryAct act : {CanaryAct::kAttr, CanaryAct::kRename, CanaryAct::kDelete}) acts.erase(act);
  if (!sensor.sees_connections()) acts.erase(CanaryAct::kConnect);
  if (!IoUring::is_allowed()) acts.erase(CanaryAct::kRing);
  return acts;
}

// Those that it makes fire, and that have not.
std::vector<std::string> Agent::hooks_without_canary() const {
  const SensorCounts now = sensor_->counts();
  std::vector<std::string> silent;
  const std::lock_guard lock(mutex_);
  for (const HookStatus& hook : hooks_on_duty()) {
    const auto index = static_cast<std::size_t>(hook.counter);
    if (hook.can_be_provoked && (!hook.is_attached || now.fired[index] == counts_before_canary_.fired[index]))
      silent.push_back("the hook " + hook.hook);
  }
  return silent;
}

void Agent::tend_canary() {
  const auto now = Canary::Clock::now();
  if (canary_->is_due(now)) {
    counts_before_canary_ = sensor_->counts();
    return canary_->send(now, visible_acts());
  }
  if (!canary_->is_out()) return;
  std::vector<std::string> missing = hooks_without_canary();
  if (!canary_->is_back(now, missing.empty())) return;
  missing.insert(missing.begin(), canary_->missing().begin(), canary_->missing().end());
  const std::string words = fmt::format("{}", fmt::join(missing, ", "));
  if (!missing.empty()) {
    spdlog::error("the canary did not come back: {}", words);
    tell_tampering(Tampering::kCanary, words);
  }
  const std::lock_guard lock(mutex_);
  canary_missing_ = words;
  canary_latencies_ = canary_->latencies();
  if (missing.empty()) canary_success_timestamp_ = wall_seconds();
}

}  // namespace purposewatch

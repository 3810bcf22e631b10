// How the agent is: its counts, its hooks, and whether it sees everything.
#include <algorithm>
#include <array>

#include "agent/flow/agent.h"
#include "agent/kernel/clock.h"

namespace purposewatch {

std::vector<StageLoss> Agent::kernel_losses(const SensorCounts& counts,
                                            const std::vector<ProgramStatistics>& programs) const {
  std::uint64_t missed = 0;
  for (const ProgramStatistics& program : programs) missed += program.missed;
  return {{"ring", counts.lost - std::min(counts.lost, lost_before_)},
          {"recursion", missed - std::min(missed, missed_before_)}};
}

Health Agent::health() const {
  Health health;
  add_kernel_counts(health);
  tally_.report(health);
  add_hook_health(health);
  const std::lock_guard lock(mutex_);
  health.policy = rules_->identity;
  for (const TableUse& use : table_use_) health.maps.push_back({use.map, use.entries, use.capacity});
  health.maps.push_back({"marks", marks_->size(), PW_MARKS_MAX});
  health.reload_successful = reload_successful_;
  health.reload_error = reload_error_;
  health.reload_success_timestamp = reload_timestamp_;
  health.start_timestamp = start_timestamp_;
  return health;
}

void Agent::add_kernel_counts(Health& health) const {
  std::vector<CounterLabel> labels;
  {
    const std::lock_guard lock(mutex_);
    labels = slots_->labels();
  }
  const auto permitted = sensor_->permitted_counts(static_cast<std::uint32_t>(labels.size()));
  for (std::size_t slot = 0; slot < labels.size(); ++slot) {
    const CounterLabel& label = labels[slot];
    if (permitted[slot] == 0 || is_own_store(label.store)) continue;  // series that can be are there already
    health.accesses.push_back(
        {label.store, label.service, label.purpose, std::string(name_of(label.kind)), permitted[slot]});
  }
  const std::uint64_t own = tally_.own();  // first: what comes meanwhile is seen, and not counted as own yet
  const SensorCounts counts = sensor_->counts();
  health.seen = counts.seen - seen_before_ - own;
  health.denied_opens = counts.denied;
  health.ring_used_bytes = ring_->used_bytes();
  const auto programs = program_statistics();
  for (const ProgramStatistics& program : programs)
    health.programs.push_back(
        {program.name, static_cast<double>(program.run_ns) / 1e9, program.runs, program.missed});
  health.lost = kernel_losses(counts, programs);
}

std::vector<ProgramStatistics> Agent::program_statistics() const {
  std::vector<ProgramStatistics> all = sensor_->program_statistics();
  const std::lock_guard lock(mutex_);
  if (stand_in_)
    for (ProgramStatistics& one : stand_in_->program_statistics()) all.push_back(std::move(one));
  return all;
}

// Those that are to tell now. mutex_ is held.
std::vector<HookStatus> Agent::hooks_on_duty() const {
  std::vector<HookStatus> hooks = sensor_->hooks();
  if (!stand_in_) return hooks;
  std::erase_if(hooks, [](const HookStatus& hook) { return hook.can_be_silenced; });
  hooks.insert(hooks.end(), stand_in_->hooks().begin(), stand_in_->hooks().end());
  return hooks;
}

std::vector<StageLoss> Agent::lost() const {
  std::vector<StageLoss> lost = kernel_losses(sensor_->counts(), program_statistics());
  for (StageLoss& loss : tally_.lost()) lost.push_back(std::move(loss));
  return lost;
}

std::string Agent::why_not_ready() const {
  Health health;
  add_hook_health(health);
  return health.not_ready_reason;
}

void Agent::add_hook_health(Health& health) const {
  const SensorCounts counts = sensor_->counts();
  const double now = wall_seconds();
  health.ready = true;
  const std::lock_guard lock(mutex_);
  health.canary_success_timestamp = canary_success_timestamp_;
  health.canary_seconds = canary_latencies_;
  health.backend = name_of(stand_in_ ? stand_in_->backend() : sensor_->backend());
  if (stand_in_)
    for (const HookStatus& hook : sensor_->hooks())
      if (hook.can_be_silenced)
        health.hooks.push_back({hook.hook, std::string(name_of(sensor_->backend())), false,
                                fired_timestamp_[static_cast<std::size_t>(hook.counter)],
                                "it is attached, and not called: " + why_silent()});
  if (canary_->is_wanted() && canary_success_timestamp_ == 0) {
    health.ready = false;
    health.not_ready_reason = "the canary has not come back yet";
  }
  if (!canary_missing_.empty()) {
    health.ready = false;
    health.not_ready_reason = "the canary did not come back: " + canary_missing_;
  }
  for (const HookStatus& hook : hooks_on_duty()) {
    const auto index = static_cast<std::size_t>(hook.counter);
    if (counts.fired[index] != fired_before_[index]) fired_timestamp_[index] = now;
    fired_before_[index] = counts.fired[index];
    health.hooks.push_back({hook.hook, health.backend, hook.is_attached, fired_timestamp_[index], hook.why});
    if (!hook.is_attached || (hook.can_be_provoked && fired_timestamp_[index] == 0)) {
      health.ready = false;
      health.not_ready_reason = hook.is_attached ? "hook " + hook.hook + " has not fired yet"
                                                 : "hook " + hook.hook + " is not attached: " + hook.why;
    }
  }
}

}  // namespace purposewatch

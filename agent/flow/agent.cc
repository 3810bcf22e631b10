#include "agent/flow/agent.h"

#include <fcntl.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "agent/flow/counted_file.h"
#include "agent/flow/provoke_hooks.h"
#include "agent/kernel/compile.h"
#include "agent/kernel/inodes.h"
#include "agent/subject/users.h"
#include "rules/base/read_text.h"

namespace purposewatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// The kernel wakes at most once in 5 ms and CPU; records that follow a wake-up within that time wait for us.
constexpr milliseconds kBusyInterval{4};
constexpr milliseconds kIdleInterval{250};
constexpr milliseconds kBusyTime{25};
constexpr seconds kRefreshInterval{20};
constexpr std::size_t kRecordsMax = 1024;  // a few milliseconds' work

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint32_t slots_for(const RuleSet& rules) {
  // Every permit may use a slot per kind; room for as many again keeps reloads from running out.
  const std::size_t needed = (rules.permits.size() + rules.stores.size()) * kAccessKindCount;
  return static_cast<std::uint32_t>(std::max<std::size_t>(4096, needed * 2));
}

std::vector<StageLoss> kernel_losses(const SensorCounts& counts,
                                     const std::vector<ProgramStatistics>& programs) {
  std::uint64_t missed = 0;
  for (const ProgramStatistics& program : programs) missed += program.missed;
  return {{"ring", counts.lost}, {"recursion", missed}};
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::start(const AgentOptions& options, std::shared_ptr<const RuleSet> rules,
                                            std::vector<Sink*> sinks) {
  std::unique_ptr<Agent> agent(new Agent());
  agent->slots_ = std::make_unique<CounterSlots>(slots_for(*rules));
  SensorOptions sensor_options;
  sensor_options.backend = options.backend;
  sensor_options.mount_namespace = options.mount_namespace;
  sensor_options.counter_slots = agent->slots_->capacity();
  auto sensor = Sensor::start(sensor_options);
  if (!sensor) return tl::unexpected(sensor.error());
  agent->sensor_ = std::move(*sensor);
  agent->programs_ = std::make_unique<Programs>(*agent->sensor_, agent->program_numbers_);
  agent->marks_ = std::make_unique<Marks>(*agent->sensor_);
  agent->underneath_ = std::make_unique<Underneath>(*agent->sensor_, *agent->marks_);
  agent->own_addresses_ = std::make_unique<OwnAddresses>(*agent->sensor_);
  agent->tables_ = std::make_unique<PolicyTables>(*agent->sensor_, *agent->marks_);
  agent->mount_changes_ =
      std::make_unique<MountChanges>(options.mount_namespace ? "/proc/self/mountinfo" : "/proc/1/mountinfo");
  agent->pipeline_ = std::make_unique<Pipeline>(
      Pipeline::Parts{agent->tables_.get(), &agent->program_numbers_, agent->programs_.get(),
                      agent->marks_.get(), agent->underneath_.get(), agent->mount_changes_.get(),
                      &agent->tally_, std::move(sinks), options.redaction},
      std::string(name_of(agent->sensor_->backend())), options.host);
  agent->pipeline_->use_grants(options.grants);
  auto ring = Ring::open(agent->sensor_->map("records"),
                         [pipeline = agent->pipeline_.get()](auto bytes) { pipeline->take(bytes); });
  if (!ring) return tl::unexpected(ring.error());
  agent->ring_ = std::make_unique<Ring>(std::move(*ring));
  agent->start_timestamp_ = wall_seconds();
  agent->refresh_addresses();
  agent->sensor_->look_where_cores_go();
  if (auto done = agent->put_in_force(std::move(rules)); !done) return tl::unexpected(done.error());
  if (auto done = agent->sensor_->observe_held_files(); !done) return tl::unexpected(done.error());
  return agent;
}

Result<void> Agent::join(EventLoop& loop) {
  if (auto added = loop.add(ring_->descriptor(), EPOLLIN, [this](std::uint32_t) { drain(); }); !added)
    return added;
  if (programs_->watch_descriptor() >= 0) {
    auto added =
        loop.add(programs_->watch_descriptor(), EPOLLIN, [this](std::uint32_t) { programs_changed(); });
    if (!added) return added;
  }
  if (own_addresses_->watch_descriptor() >= 0) {
    auto added = loop.add(own_addresses_->watch_descriptor(), EPOLLIN, [this](std::uint32_t) {
      own_addresses_->drain();
      refresh_addresses();
    });
    if (!added) return added;
  }
  if (auto added = watch_clock(loop); !added) return added;
  // proc(5): mountinfo is "readable" in priority when the mounts have changed.
  mounts_ = Descriptor(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!mounts_) return {};
  return loop.add(mounts_.get(), EPOLLPRI, [this](std::uint32_t) {
    if (auto done = tables_->refresh_anchors(); !done)
      spdlog::error("after a mount: {}", done.error().message);
    underneath_->look(rules());
    earlier_links_.look(rules(), read_text("/proc/self/mountinfo"));
  });
}

// timerfd_create(2): a timer that would go off in the far future is cancelled when the clock is set; it goes
// on after that was read.
Result<void> Agent::watch_clock(EventLoop& loop) {
  clock_sets_ = Descriptor(timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  itimerspec never{};
  never.it_value.tv_sec = std::numeric_limits<std::int32_t>::max();
  if (!clock_sets_ ||
      timerfd_settime(clock_sets_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr) != 0)
    return fail(fmt::format("cannot follow the clock: {}", std::strerror(errno)));
  return loop.add(clock_sets_.get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t expirations = 0;
    (void)!read(clock_sets_.get(), &expirations, sizeof(expirations));
    tables_->refresh_windows();
  });
}

// Order matters: programs are known, and tasks stamped with them, before the rules that use them.
Result<void> Agent::put_in_force(std::shared_ptr<const RuleSet> rules) {
  tally_.expect(*rules);
  std::shared_ptr<CompiledPolicy> policy;
  {
    const std::lock_guard lock(mutex_);
    policy = compile(rules, {user_id_of_policy, group_id_of_policy}, program_numbers_, *slots_);
  }
  if (auto refreshed = programs_->refresh(); !refreshed) return refreshed;
  auto generation = tables_->install(std::move(policy), [this] { drain(); });
  if (!generation) return tl::unexpected(generation.error());
  underneath_->look(rules);
  (void)mount_changes_->take();
  const std::lock_guard lock(mutex_);
  rules_ = std::move(rules);
  table_use_ = tables_->use();
  reload_successful_ = true;
  reload_error_.clear();
  reload_timestamp_ = wall_seconds();
  malloc_trim(0);  // compiling took several times what stays
  return {};
}

Result<void> Agent::reload(std::shared_ptr<const RuleSet> rules) {
  finish();  // what the old rules have sent is judged by the old rules
  auto done = put_in_force(std::move(rules));
  if (!done) reload_refused(done.error().message);
  next_refresh_ = {};  // what is new to look at, the next tick begins with
  return done;
}

void Agent::recall_limits(const std::string& path) {
  auto counted = read_counted(path);
  if (!counted) return spdlog::error("limits: {}", counted.error().message);
  pipeline_->limits().restore(*counted, wall_minus_boot_ns());
}

void Agent::keep_limits(const std::string& path) {
  if (!pipeline_->limits().has_changed()) return;
  if (auto kept = write_counted(path, pipeline_->limits().counted(wall_minus_boot_ns())); !kept)
    spdlog::error("limits: {}", kept.error().message);
}

void Agent::use_grants(std::shared_ptr<const Grants> grants) {
  pipeline_->use_grants(std::move(grants));
}

void Agent::reload_refused(const std::string& why) {
  const std::lock_guard lock(mutex_);
  reload_successful_ = false;
  reload_error_ = why;
}

void Agent::programs_changed() {
  programs_->drain();
  if (auto done = programs_->refresh(); !done)
    spdlog::error("cannot follow executables: {}", done.error().message);
}

void Agent::drain() {
  pipeline_->begin_batch();
  const std::size_t records = ring_->consume(kRecordsMax);
  pipeline_->end_batch();
  is_behind_ = records == kRecordsMax;
  if (records > 0) last_record_ = steady_clock::now();
  if (sensor_->misses_32_bit_calls()) follow_32_bit_calls();
  if (const auto links = earlier_links_.take()) mark_links(*links);
}

void Agent::finish() {
  // More than the ring holds: what comes meanwhile need not be waited for, and a flood would never let us
  // end.
  constexpr int kDrainsOfARing = 4;
  for (int drains = 0; drains == 0 || (is_behind_ && drains < kDrainsOfARing); ++drains) drain();
  pipeline_->tell_repeats();
}

void Agent::follow_32_bit_calls() {
  spdlog::info("a 32-bit program runs: from now on its system calls are watched, too");
  const std::lock_guard lock(mutex_);
  if (auto attached = sensor_->attach_32_bit_calls(); !attached)
    spdlog::error("{}", attached.error().message);
}

void Agent::refresh_addresses() {
  if (auto done = own_addresses_->refresh(); !done) spdlog::error("{}", done.error().message);
}

// Some may be gone by now, or have another file in their place; the hooks know the marks of what was linked
// since.
void Agent::mark_links(const LinkScan& scan) {
  std::vector<std::string> paths;
  for (const LinkedInode& link : scan.linked_elsewhere) paths.push_back(link.path);
  const auto inodes = find_inodes(*sensor_, paths);
  if (!inodes) return spdlog::error("hard links of stores: {}", inodes.error().message);
  std::size_t marked = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!(*inodes)[i] || (*inodes)[i]->inode != scan.linked_elsewhere[i].inode) continue;
    if (!marks_->learn(InodeKey::of(*(*inodes)[i]), paths[i])) break;  // no room for more
    ++marked;
  }
  spdlog::info("looked through the stores for hard links: {} names, {} files that also have names elsewhere",
               scan.entries, scan.linked_elsewhere.size());
  if (scan.unreadable > 0 || marked < scan.linked_elsewhere.size())
    spdlog::warn("hard links of stores: {} files could not be looked at, and {} not be marked",
                 scan.unreadable, scan.linked_elsewhere.size() - marked);
  if (marked == 0) return;
  if (auto done = put_in_force(rules()); !done) spdlog::error("{}", done.error().message);
}

milliseconds Agent::drain_interval() const {
  if (is_behind_) return milliseconds{0};
  return steady_clock::now() - last_record_ < kBusyTime ? kBusyInterval : kIdleInterval;
}

void Agent::tick() {
  const auto now = steady_clock::now();
  if (now < next_refresh_) return;
  next_refresh_ = now + kRefreshInterval;
  pipeline_->forget();
  if (auto done = tables_->refresh_anchors(); !done) spdlog::error("stores: {}", done.error().message);
  underneath_->look(rules());
  tables_->refresh_windows();
  mount_changes_->let_go();
  sensor_->look_where_cores_go();
  refresh_addresses();
  earlier_links_.look(rules(), read_text("/proc/self/mountinfo"));
  if (marks_->is_crowded())
    if (auto done = reload(rules()); !done) spdlog::error("{}", done.error().message);
}

std::shared_ptr<const RuleSet> Agent::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

Health Agent::health() const {
  Health health;
  health.backend = name_of(sensor_->backend());
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
    if (permitted[slot] == 0) continue;  // series that can be are there already
    health.accesses.push_back(
        {label.store, label.service, label.purpose, std::string(name_of(label.kind)), permitted[slot]});
  }
  const SensorCounts counts = sensor_->counts();
  health.seen = counts.seen;
  health.denied_opens = counts.denied;
  health.ring_used_bytes = ring_->used_bytes();
  const auto programs = sensor_->program_statistics();
  for (const ProgramStatistics& program : programs)
    health.programs.push_back(
        {program.name, static_cast<double>(program.run_ns) / 1e9, program.runs, program.missed});
  health.lost = kernel_losses(counts, programs);
}

std::vector<StageLoss> Agent::lost() const {
  std::vector<StageLoss> lost = kernel_losses(sensor_->counts(), sensor_->program_statistics());
  for (StageLoss& loss : tally_.lost()) lost.push_back(std::move(loss));
  return lost;
}

void Agent::provoke(const std::string& directory) {
  const SensorCounts before = sensor_->counts();
  provoke_hooks(directory);
  const SensorCounts after = sensor_->counts();
  const std::lock_guard lock(mutex_);
  const std::vector<HookStatus>& hooks = sensor_->hooks();
  const bool all_fired = std::all_of(hooks.begin(), hooks.end(), [&](const HookStatus& hook) {
    const auto index = static_cast<std::size_t>(hook.counter);
    return !hook.can_be_provoked || (hook.is_attached && after.fired[index] != before.fired[index]);
  });
  if (all_fired) canary_success_timestamp_ = wall_seconds();
}

void Agent::add_hook_health(Health& health) const {
  const SensorCounts counts = sensor_->counts();
  const double now = wall_seconds();
  health.ready = true;
  const std::lock_guard lock(mutex_);
  health.canary_success_timestamp = canary_success_timestamp_;
  for (const HookStatus& hook : sensor_->hooks()) {
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

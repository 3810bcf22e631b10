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

#include "agent/flow/copies_file.h"
#include "agent/flow/counted_file.h"
#include "agent/kernel/clock.h"
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
constexpr milliseconds kPatienceWithNames{1000};  // of hosts, until the policy is in force without them

std::uint32_t slots_for(const RuleSet& rules) {
  // Every permit may use a slot per kind; room for as many again keeps reloads from running out.
  const std::size_t needed = (rules.permits.size() + rules.stores.size()) * kAccessKindCount;
  return static_cast<std::uint32_t>(std::max<std::size_t>(4096, needed * 2));
}

std::string limits_file(const std::string& state_dir) {
  return state_dir + "/limits.json";
}

std::string copies_file(const std::string& state_dir) {
  return state_dir + "/copies.json";
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::start(const AgentOptions& options, std::shared_ptr<const RuleSet> rules,
                                            std::vector<Sink*> sinks) {
  std::unique_ptr<Agent> agent(new Agent());
  agent->slots_ = std::make_unique<CounterSlots>(slots_for(*rules));
  agent->own_ = options.own;
  agent->canary_ = std::make_unique<Canary>(options.canary, options.own.decoy);
  SensorOptions sensor_options;
  sensor_options.backend = options.backend;
  sensor_options.mount_namespace = options.mount_namespace;
  sensor_options.counter_slots = agent->slots_->capacity();
  agent->handover_ = std::make_unique<Handover>(options.handover);
  sensor_options.pins = agent->handover_->pins();
  sensor_options.protects = options.protects;
  if (const auto& known = agent->handover_->known()) sensor_options.known_instance = known->instance;
  auto sensor = Sensor::start(sensor_options);
  if (!sensor) return tl::unexpected(sensor.error());
  agent->sensor_ = std::move(*sensor);
  agent->programs_ = std::make_unique<Programs>(*agent->sensor_, agent->program_numbers_);
  agent->marks_ = std::make_unique<Marks>(*agent->sensor_);
  agent->underneath_ = std::make_unique<Underneath>(*agent->sensor_, *agent->marks_);
  agent->derived_files_ = std::make_unique<DerivedFiles>(*agent->sensor_);
  agent->own_addresses_ = std::make_unique<OwnAddresses>(*agent->sensor_);
  agent->hosts_ = std::make_unique<ResolvedHosts>();
  agent->tables_ = std::make_unique<PolicyTables>(*agent->sensor_, *agent->marks_);
  agent->mount_changes_ =
      std::make_unique<MountChanges>(options.mount_namespace ? "/proc/self/mountinfo" : "/proc/1/mountinfo");
  agent->pipeline_ = std::make_unique<Pipeline>(
      Pipeline::Parts{
          agent->tables_.get(), &agent->program_numbers_, agent->programs_.get(), agent->marks_.get(),
          agent->underneath_.get(), agent->mount_changes_.get(), agent->derived_files_.get(), &agent->tally_,
          std::move(sinks),
          [sensor = agent->sensor_.get()](std::uint64_t socket) { return sensor->describe_holder(socket); },
          agent->hosts_.get(), options.own.executable,
          [canary = agent->canary_.get()](AccessKind kind, std::string_view path, std::uint64_t boot_ns) {
            canary->saw(
                kind, path,
                static_cast<double>(clock_ns(CLOCK_BOOTTIME) - static_cast<std::int64_t>(boot_ns)) / 1e9);
          },
          options.redaction},
      std::string(name_of(agent->sensor_->backend())), options.host);
  agent->pipeline_->use_grants(options.grants);
  auto ring = Ring::open(agent->sensor_->map("records"),
                         [pipeline = agent->pipeline_.get(), handover = agent->handover_.get()](auto bytes) {
                           if (is_referred_to(bytes)) handover->remember(bytes);
                           pipeline->take(bytes);
                         });
  if (!ring) return tl::unexpected(ring.error());
  agent->ring_ = std::make_unique<Ring>(std::move(*ring));
  agent->folds_ = std::make_unique<Folds>(*agent->sensor_);
  agent->start_timestamp_ = wall_seconds();
  agent->refresh_addresses();
  agent->sensor_->look_where_cores_go();
  agent->begin_after_another(rules);
  if (auto done = agent->put_in_force(std::move(rules)); !done) return tl::unexpected(done.error());
  if (!agent->sensor_->is_taken_over())
    if (auto done = agent->sensor_->observe_held_files(); !done) return tl::unexpected(done.error());
  if (auto stays = agent->sensor_->stay(); !stays)
    spdlog::error("the sensor ends with the agent: {}", stays.error().message);
  agent->end_predecessors();
  if (auto guarded = agent->sensor_->guard_objects(); !guarded) spdlog::error("{}", guarded.error().message);
  return agent;
}

Result<void> Agent::join(EventLoop& loop) {
  if (auto added = loop.add(ring_->descriptor(), EPOLLIN | EPOLLET, [this](std::uint32_t) { drain(); });
      !added)
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
  wall_minus_boot_ns_ = wall_minus_boot_ns();
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
    look_at_clock();
  });
}

// Order matters: programs are known, and tasks stamped with them, before the rules that use them.
Result<void> Agent::put_in_force(std::shared_ptr<const RuleSet> rules) {
  tally_.expect(*rules);
  std::shared_ptr<CompiledPolicy> policy;
  {
    const std::lock_guard lock(mutex_);
    policy = compile(with_own_stores(rules, own_), {user_id_of_policy, group_id_of_policy}, program_numbers_,
                     *slots_);
  }
  keep_names_with(policy.get());
  if (auto refreshed = programs_->refresh(); !refreshed) return refreshed;
  sensor_->let_fade(static_cast<std::uint32_t>(rules->fades_after.count()));
  sensor_->note_terminals(std::ranges::any_of(rules->stores, &Store::notes_display));
  hosts_->follow(egress_hosts(*rules), kPatienceWithNames);
  auto generation = tables_->install(
      std::move(policy), [this] { drain(); }, [this] { silence_predecessor(); });
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

void Agent::recall(const std::string& state_dir) {
  if (const auto counted = read_counted(limits_file(state_dir)); !counted)
    spdlog::error("limits: {}", counted.error().message);
  else
    pipeline_->limits().restore(*counted, wall_minus_boot_ns());
  auto copies = read_copies(copies_file(state_dir));
  if (!copies) return spdlog::error("copies: {}", copies.error().message);
  if (auto done = derived_files_->restore(std::move(*copies), tables_->store_numbers()); !done)
    spdlog::error("copies: {}", done.error().message);
}

void Agent::keep(const std::string& state_dir) {
  Limits& limits = pipeline_->limits();
  if (limits.has_changed())
    if (auto kept = write_counted(limits_file(state_dir), limits.counted(wall_minus_boot_ns())); !kept)
      spdlog::error("limits: {}", kept.error().message);
  if (derived_files_->have_changed())
    if (auto kept = write_copies(copies_file(state_dir), derived_files_->all()); !kept)
      spdlog::error("copies: {}", kept.error().message);
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

// Those that are ready, once the ring has been read up to where it was then.
void Agent::take_folds() {
  if (!folds_->is_ready()) return;
  if (!folds_position_) folds_position_ = ring_->end_position();
  if (ring_->read_position() < *folds_position_) return;
  folds_position_.reset();
  pipeline_->take_folds(folds_->take());
}

void Agent::drain() {
  folds_->tend();
  pipeline_->begin_batch();
  const std::size_t records = ring_->read(kRecordsAtOnce);
  take_folds();
  pipeline_->end_batch();
  handover_->end_batch(*ring_);
  sensor_->note_told_sequence(pipeline_->last_sequence());
  is_behind_ = records == kRecordsAtOnce;
  if (records > 0) last_record_ = steady_clock::now();
  if (pipeline_->take_suspicion()) next_sight_ = {};
  if (calls_sensor().misses_32_bit_calls()) follow_32_bit_calls();
  if (const auto links = earlier_links_.take()) mark_links(*links);
}

void Agent::finish() {
  // More than the ring holds: what comes meanwhile need not be waited for, and a flood would never let us
  // end.
  constexpr int kDrainsOfARing = 5;
  constexpr int kTables = 2;  // one may be exchanged already
  for (int table = 0; table < kTables; ++table) {
    folds_->exchange();
    for (int drains = 0; drains == 0 || ((is_behind_ || folds_position_) && drains < kDrainsOfARing);
         ++drains)
      drain();
  }
}

void Agent::follow_32_bit_calls() {
  spdlog::info("a 32-bit program runs: from now on its system calls are watched, too");
  const std::lock_guard lock(mutex_);
  if (auto attached = calls_sensor().attach_32_bit_calls(); !attached)
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
  if (folds_->is_under_way()) return kBusyInterval;
  return steady_clock::now() - last_record_ < kBusyTime ? kBusyInterval : kIdleInterval;
}

void Agent::tick() {
  watch_sight();
  const auto now = steady_clock::now();
  if (now < next_refresh_) return;
  next_refresh_ = now + kRefreshInterval;
  if (now >= next_forget_) {
    pipeline_->forget();
    next_forget_ = now + kRefreshInterval;
  }
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

}  // namespace purposewatch

#include "agent/kernel/sensor.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "agent/kernel/address.h"
#include "agent/kernel/function_hooks.h"
#include "agent/kernel/io_uring.h"
#include "agent/kernel/lsm_hooks.h"
#include "agent/kernel/system_calls.h"
#include "agent/kernel/tracepoint.h"
#include "sensor.skel.h"

namespace purposewatch {
namespace {

// libbpf's own words at load: kept, not printed; the last line before a refusal says why.
std::string& libbpf_log() {
  static std::string log;
  return log;
}

// Its last lines, when there are any: what the verifier minded.
std::string last_words() {
  const std::string& log = libbpf_log();
  constexpr std::size_t kShown = 600;
  return log.empty() ? "" : "\n" + log.substr(log.size() > kShown ? log.size() - kShown : 0);
}

int keep_log(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  // The verifier's log comes as one message, of which the end matters.
  char* message = nullptr;
  if (vasprintf(&message, format, arguments) < 0) return 0;
  libbpf_log().append(message);
  free(message);
  if (libbpf_log().size() > 65536) libbpf_log().erase(0, 32768);
  return 0;
}

std::uint32_t namespace_of(const char* path) {
  struct stat status {};
  return stat(path, &status) == 0 ? static_cast<std::uint32_t>(status.st_ino) : 0;
}

// Of process 1. To look at its link takes CAP_SYS_PTRACE; but a list of mounts may be read by anybody, and no
// two namespaces have a mount of the same number (proc(5), mountinfo). 0 where it is not to be known: then
// mounts do not show.
std::uint32_t host_mount_namespace() {
  if (const std::uint32_t first = namespace_of("/proc/1/ns/mnt"); first != 0) return first;
  std::string mount_of_first, own_mount;
  std::getline(std::ifstream("/proc/1/mountinfo"), mount_of_first);
  std::getline(std::ifstream("/proc/self/mountinfo"), own_mount);
  return !own_mount.empty() && own_mount == mount_of_first ? namespace_of("/proc/self/ns/mnt") : 0;
}

}  // namespace

Result<std::unique_ptr<Sensor>> Sensor::start(const SensorOptions& options) {
  libbpf_set_print(keep_log);
  const KernelFacts facts = read_kernel_facts();
  std::vector<std::string> attempts;
  for (Backend backend : kBackends) {
    if (options.backend && *options.backend != backend) continue;
    auto sensor = try_backend(backend, options, facts);
    if (sensor) {
      (*sensor)->attempts_.insert((*sensor)->attempts_.begin(), attempts.begin(), attempts.end());
      return sensor;
    }
    attempts.push_back(fmt::format("{}: {}", name_of(backend), sensor.error().message));
  }
  if (options.backend) return fail(attempts.front());
  return fail(fmt::format("no backend works here: {}", fmt::join(attempts, "; ")));
}

Result<std::unique_ptr<Sensor>> Sensor::try_backend(Backend backend, const SensorOptions& options,
                                                    const KernelFacts& facts) {
  if (std::string why = obstacle(backend, facts); !why.empty()) return fail(std::move(why));
  std::unique_ptr<Sensor> sensor(new Sensor());
  sensor->backend_ = backend;
  if (auto loaded = sensor->load(options, facts); !loaded) return tl::unexpected(loaded.error());
  if (auto attached = sensor->attach(); !attached) return tl::unexpected(attached.error());
  return sensor;
}

Result<void> Sensor::load(const SensorOptions& options, const KernelFacts& facts) {
  libbpf_log().clear();
  skeleton_ = sensor_bpf__open();
  if (skeleton_ == nullptr) return fail(fmt::format("cannot open the BPF object: {}", std::strerror(errno)));
  skeleton_->rodata->host_mounts =
      options.mount_namespace ? *options.mount_namespace : host_mount_namespace();
  skeleton_->rodata->typed_loads = facts.has_typed_loads;
  skeleton_->rodata->layers_are_pairs = facts.has_ctime_tracepoints;  // of the same release
  skeleton_->rodata->exec_is_observed = backend_ == Backend::kSyscalls;
  bpf_map__set_max_entries(skeleton_->maps.permitted, options.counter_slots);
  bpf_map__set_max_entries(skeleton_->maps.records, options.ring_bytes);
  skeleton_->rodata->ring_bytes = options.ring_bytes;
  skeleton_->rodata->protects = protects_ = options.protects && backend_ == Backend::kLsm;

  prepare_call_hooks(facts);
  prepare_lsm_hooks();
  function_hooks_ = choose_function_hooks(*skeleton_, backend_, facts);
  bpf_program__set_autoload(
      skeleton_->progs.on_send_length,
      backend_ == Backend::kSyscalls && facts.has_arrival_tracepoint);  // of one release
  bpf_program__set_autoload(skeleton_->progs.on_prepare_exec,
                            backend_ == Backend::kSyscalls && facts.has_prepare_exec);
  if (options.stands_in_for == nullptr)
    look_for_pins(options);
  else if (auto shared = share_with(*options.stands_in_for); !shared)
    return shared;
  if (const int result = sensor_bpf__load(skeleton_); result != 0)
    return fail(
        fmt::format("the kernel did not load the programs: {}{}", kernel_refusal(-result), last_words()));
  if (is_taken_over_) be_its_agent();
  return {};
}

void Sensor::prepare_call_hooks(const KernelFacts& facts) {
  const bool by_syscalls = backend_ == Backend::kSyscalls;
  sees_names_ = !by_syscalls || facts.has_ctime_tracepoints;
  if (by_syscalls) {
    auto open_calls = open_tracepoints(kOpenCalls);
    auto change_calls = open_tracepoints(sees_names_ ? kChangeCalls : std::vector<const char*>());
    if (open_calls && change_calls) {
      open_calls_ = std::move(*open_calls);
      change_calls_ = std::move(*change_calls);
    } else {
      attempts_.push_back("the tracepoints of single calls, so all calls are traced: " +
                          (open_calls ? change_calls : open_calls).error().message);
    }
  }
  const auto trace = [&](const std::vector<const char*>& calls, std::vector<Descriptor>& events,
                         const char* what_for) {
    if (auto opened = open_tracepoints(calls))
      events = std::move(*opened);
    else
      attempts_.push_back(fmt::format("{}: {}", what_for, opened.error().message));
  };
  if (by_syscalls && facts.finds_tasks) trace(kMemoryCalls, memory_calls_, "memory of other processes");
  if (by_syscalls) {
    trace(kConnectCalls, connect_calls_, "connections to unix sockets");
    trace(kMountCalls, mount_calls_, "mounts");
    trace(kGuardCalls, guard_calls_, "who takes hold of the sensor");
  }
  sees_mounts_ = !by_syscalls || !mount_calls_.empty();
  sees_connections_ = !by_syscalls || !connect_calls_.empty();
  skeleton_->rodata->arrivals_are_traced = facts.has_arrival_tracepoint;
  if (by_syscalls && facts.has_ctime_tracepoints)  // of the same release as what bpf/listeners.h reads
    if (auto listen_calls = open_tracepoints(kListenCalls)) listen_calls_ = std::move(*listen_calls);
  sees_listeners_ = !by_syscalls || !listen_calls_.empty();
  sees_memory_ = !by_syscalls || !memory_calls_.empty();
  skeleton_->rodata->finds_tasks = !memory_calls_.empty();
  skeleton_->rodata->open_calls_are_traced = !open_calls_.empty();
  const auto& programs = skeleton_->progs;
  bpf_program__set_autoload(programs.on_connect_call, !connect_calls_.empty());
  bpf_program__set_autoload(programs.on_data_ready, by_syscalls && facts.has_arrival_tracepoint);
  bpf_program__set_autoload(programs.on_mount_call, !mount_calls_.empty());
  bpf_program__set_autoload(programs.on_guard_call, !guard_calls_.empty());
  bpf_program__set_autoload(programs.on_listen_call, !listen_calls_.empty());
  bpf_program__set_autoload(programs.on_open_call, !open_calls_.empty());
  bpf_program__set_autoload(programs.on_change_call, !change_calls_.empty());
  for (bpf_program* program : {programs.on_memory_call, programs.on_any_memory_call})
    bpf_program__set_autoload(program, !memory_calls_.empty());
  for (bpf_program* program : {programs.on_sys_exit, programs.on_copy_message, programs.on_ring_complete})
    bpf_program__set_autoload(program, by_syscalls);
  for (bpf_program* program : {programs.on_any_call, programs.on_ring_change, programs.on_ctime_ns_xchg,
                               programs.on_ctime_xchg_skip, programs.on_inode_set_ctime_to_ts})
    bpf_program__set_autoload(program, by_syscalls && sees_names_);
}

void Sensor::prepare_lsm_hooks() {
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), &btf__free);
  const auto function = [&](const std::string& name) {
    return btf__type_by_id(
        types.get(),
        static_cast<__u32>(std::max(0, btf__find_by_name_kind(types.get(), name.c_str(), BTF_KIND_FUNC))));
  };
  skeleton_->rodata->is_fentry = backend_ == Backend::kFentry;
  for (const LsmHook& hook : lsm_hooks(*skeleton_)) {
    const std::string caller = caller_of(hook);
    const btf_type* type =
        function(backend_ == Backend::kFentry ? caller : fmt::format("bpf_lsm_{}", hook.name));
    const bool is_wanted = hook.counter == PW_HOOK_TASK_KILL ? protects_ : backend_ != Backend::kSyscalls;
    const bool is_there = is_wanted && btf_is_func(type);
    bpf_program__set_autoload(hook.program, is_there);
    if (!is_there) continue;
    // Up to 6.1 the LSM hook, other than the function that calls it, is not told the mount's user namespace.
    if (hook.counter == PW_HOOK_INODE_SETATTR)
      skeleton_->rodata->setattr_has_idmap = btf_vlen(btf__type_by_id(types.get(), type->type)) > 2;
    if (backend_ != Backend::kFentry) continue;
    // The same program, another way in: security_X is the function that calls the LSM hooks.
    bpf_program__set_type(hook.program, BPF_PROG_TYPE_TRACING);
    bpf_program__set_expected_attach_type(hook.program, BPF_TRACE_FENTRY);
    bpf_program__set_attach_target(hook.program, 0, caller.c_str());
  }
}

// A missing one costs accuracy, and shows.
void Sensor::attach_process_hooks() {
  (void)attach_hook({"task_newtask", PW_HOOK_TASK_NEWTASK}, skeleton_->progs.on_task_newtask);
  (void)attach_hook({"process_exec", PW_HOOK_PROCESS_EXEC}, skeleton_->progs.on_process_exec);
  (void)attach_hook({"process_exit", PW_HOOK_PROCESS_EXIT}, skeleton_->progs.on_process_exit);
  (void)attach_hook({"signal_deliver", PW_HOOK_SIGNAL_DELIVER, false, /*can_be_provoked=*/false},
                    skeleton_->progs.on_signal_deliver);
  (void)attach_hook({"signal_generate", PW_HOOK_SIGNAL_GENERATE}, skeleton_->progs.on_signal_generate);
  (void)attach_hook({"inet_sock_set_state", PW_HOOK_SET_STATE, false, reaches_loopback()},
                    skeleton_->progs.on_set_state);
}

// Without the way to files there is nothing to watch.
Result<void> Sensor::attach() {
  if (is_wanted(skeleton_->progs.on_process_exec)) attach_process_hooks();
  if (is_wanted(skeleton_->progs.on_prepare_exec))
    (void)attach_hook({"prepare_exec", PW_HOOK_PREPARE_EXEC}, skeleton_->progs.on_prepare_exec);
  for (const FunctionHook& hook : function_hooks_) {
    hooks_.push_back(attach_function_hook(
        hook, [this](const std::string& name, const auto& attach) { return link(name, attach) != nullptr; }));
  }
  if (backend_ != Backend::kSyscalls) {
    Result<void> ways_in;  // each attaches on its own; one that is down shows
    for (const LsmHook& hook : lsm_hooks(*skeleton_)) {
      if (!is_wanted(hook.program)) continue;  // not in this kernel
      auto attached = attach_hook({hook.name, hook.counter, false, hook.can_be_provoked, true}, hook.program);
      if (!attached && hook.counter == PW_HOOK_FILE_OPEN) ways_in = std::move(attached);
    }
    return ways_in;
  }
  return attach_call_hooks();
}

Result<void> Sensor::attach_call_hooks() {
  const auto& programs = skeleton_->progs;
  (void)attach_hook({"copy_message", PW_HOOK_COPY_MESSAGE}, programs.on_copy_message);
  (void)attach_hook(
      {"ring_complete", PW_HOOK_RING_COMPLETE, false, /*can_be_provoked=*/IoUring::is_allowed()},
      programs.on_ring_complete);
  if (sees_names_) {
    (void)attach_hook({"ring_change", PW_HOOK_RING_CHANGE, false, IoUring::is_allowed()},
                      programs.on_ring_change);
    (void)attach_hook({"ctime_ns_xchg", PW_HOOK_CTIME_NS_XCHG}, programs.on_ctime_ns_xchg);
    (void)attach_hook({"ctime_xchg_skip", PW_HOOK_CTIME_XCHG_SKIP}, programs.on_ctime_xchg_skip);
    (void)attach_hook({"inode_set_ctime_to_ts", PW_HOOK_INODE_SET_CTIME_TO_TS},
                      programs.on_inode_set_ctime_to_ts);
  }
  if (sees_connections_)
    (void)attach_calls({"connect_call", PW_HOOK_CONNECT_CALL}, programs.on_connect_call,
                       std::move(connect_calls_));
  if (is_wanted(programs.on_data_ready)) {
    (void)attach_hook({"data_ready", PW_HOOK_DATA_READY}, programs.on_data_ready);
    (void)attach_hook({"send_length", PW_HOOK_SEND_LENGTH, false, reaches_loopback()},
                      programs.on_send_length);
  }
  if (sees_mounts_)
    (void)attach_calls({"mount_call", PW_HOOK_MOUNT_CALL}, programs.on_mount_call, std::move(mount_calls_));
  if (!guard_calls_.empty())
    (void)attach_calls({"guard_call", PW_HOOK_GUARD_CALL, false, /*can_be_provoked=*/false},
                       programs.on_guard_call, std::move(guard_calls_));
  if (sees_listeners_)
    (void)attach_calls({"listen_call", PW_HOOK_LISTEN_CALL}, programs.on_listen_call,
                       std::move(listen_calls_));
  if (sees_memory_)
    (void)attach_calls({"memory_call", PW_HOOK_MEMORY_CALL, false, /*can_be_provoked=*/false},
                       programs.on_memory_call, std::move(memory_calls_));
  if (open_calls_.empty()) return attach_all_calls(/*can_be_provoked=*/true);
  sees_32_bit_calls_ = false;
  if (sees_names_)
    (void)attach_calls({"change_call", PW_HOOK_CHANGE_CALL}, programs.on_change_call,
                       std::move(change_calls_));
  return attach_calls({"open_call", PW_HOOK_OPEN_CALL}, programs.on_open_call, std::move(open_calls_));
}

Result<void> Sensor::attach_all_calls(bool can_be_provoked) {
  if (sees_names_)
    (void)attach_hook({"any_call", PW_HOOK_ANY_CALL, false, can_be_provoked}, skeleton_->progs.on_any_call);
  if (sees_memory_)
    (void)attach_hook({"any_memory_call", PW_HOOK_ANY_MEMORY_CALL, false, /*can_be_provoked=*/false},
                      skeleton_->progs.on_any_memory_call);
  return attach_hook({"sys_exit", PW_HOOK_SYS_EXIT, false, can_be_provoked}, skeleton_->progs.on_sys_exit);
}

Result<void> Sensor::attach_hook(HookStatus hook, bpf_program* program) {
  hook.is_attached =
      link(bpf_program__name(program), [&] { return bpf_program__attach(program); }) != nullptr;
  if (!hook.is_attached) hook.why = kernel_refusal(errno);
  hooks_.push_back(hook);
  if (hook.is_attached) return {};
  return fail(fmt::format("cannot attach {}: {}", hook.hook, hook.why));
}

Result<void> Sensor::attach_calls(HookStatus hook, bpf_program* program, std::vector<Descriptor> events) {
  hook.is_attached = true;
  for (std::size_t i = 0; i < events.size() && hook.is_attached; ++i) {
    hook.is_attached = link(fmt::format("{}-{}", bpf_program__name(program), i), [&] {
                         bpf_link* made = bpf_program__attach_perf_event(program, events[i].get());
                         if (made != nullptr) (void)events[i].release();  // the link's now
                         return made;
                       }) != nullptr;
    if (!hook.is_attached) hook.why = kernel_refusal(errno);
  }
  hooks_.push_back(hook);
  if (hook.is_attached) return {};
  return fail(fmt::format("cannot attach {}: {}", hook.hook, hook.why));
}

bool Sensor::misses_32_bit_calls() const {
  return !sees_32_bit_calls_ && __atomic_load_n(&skeleton_->bss->runs_32_bit, __ATOMIC_RELAXED) != 0;
}

Result<void> Sensor::attach_32_bit_calls() {
  sees_32_bit_calls_ = true;  // one attempt: a hook that is down shows
  return attach_all_calls(/*can_be_provoked=*/false);
}

// libbpf disables the perf event of a link that it destroys.
void Sensor::DestroyLink::operator()(bpf_link* link) const {
  const int descriptor = bpf_link__fd(link);
  if (stays) bpf_link__disconnect(link);
  bpf_link__destroy(link);
  if (stays) close(descriptor);
}

Sensor::~Sensor() {
  for (auto& link : links_) link.get_deleter().stays = stays_;
  links_.clear();
  if (skeleton_ != nullptr) sensor_bpf__destroy(skeleton_);
}

SensorCounts Sensor::counts() const {
  SensorCounts sum;
  for (const pw_cpu_stats& cpu : skeleton_->bss->cpu_stats) {
    for (std::size_t hook = 0; hook < PW_HOOKS; ++hook)
      sum.fired[hook] += __atomic_load_n(&cpu.fired[hook], __ATOMIC_RELAXED);
    sum.seen += __atomic_load_n(&cpu.seen, __ATOMIC_RELAXED);
    sum.lost += __atomic_load_n(&cpu.lost, __ATOMIC_RELAXED);
    sum.denied += __atomic_load_n(&cpu.denied, __ATOMIC_RELAXED);
  }
  sum.last_sequence = __atomic_load_n(&skeleton_->bss->last_sequence, __ATOMIC_RELAXED);
  return sum;
}

std::vector<std::uint64_t> Sensor::permitted_counts(std::uint32_t slots) const {
  std::vector<std::uint64_t> sums(slots);
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  std::vector<std::uint64_t> values(cpus);
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    if (bpf_map_lookup_elem(map("permitted"), &slot, values.data()) != 0) continue;
    for (std::uint64_t value : values) sums[slot] += value;
  }
  return sums;
}

int Sensor::descriptor_of(const bpf_program* program) const {
  const auto old = programs_taken_over_.find(bpf_program__name(program));
  return old != programs_taken_over_.end() ? old->second.get() : bpf_program__fd(program);
}

std::vector<ProgramStatistics> Sensor::program_statistics() const {
  std::vector<ProgramStatistics> statistics;
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(skeleton_->obj, program)) != nullptr) {
    const int descriptor = descriptor_of(program);
    bpf_prog_info info{};
    __u32 length = sizeof(info);
    if (descriptor < 0 || bpf_obj_get_info_by_fd(descriptor, &info, &length) != 0) continue;
    statistics.push_back({bpf_program__name(program), info.run_cnt, info.run_time_ns, info.recursion_misses});
  }
  return statistics;
}

int Sensor::map(const char* name) const {
  return bpf_object__find_map_fd_by_name(skeleton_->obj, name);
}

}  // namespace purposewatch

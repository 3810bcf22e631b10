// The sensor: the BPF object, loaded for one backend, with its hooks attached. Everything it holds in the
// kernel goes when it is destroyed, unless that is pinned (pins.h): then the next sensor of the same build
// takes it over as it is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/kernel/backend.h"
#include "bpf/abi.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

struct sensor_bpf;
struct bpf_link;
struct bpf_program;

namespace purposewatch {

class Pins;
class Sensor;

struct SensorOptions {
  std::optional<Backend> backend;      // nothing: the best that loads
  std::uint32_t counter_slots = 4096;  // capacity of the `permitted` counters
  // Inode number of the mount namespace whose mounts count (stat of /proc/PID/ns/mnt); nothing: process 1's.
  std::optional<std::uint32_t> mount_namespace;
  std::uint32_t ring_bytes = 2U << 20;  // a power of two
  // Where the sensor stays when this process ends; null: nowhere. Not owned; outlives the sensor.
  Pins* pins = nullptr;
  // The instance() of one that is pinned there and may be taken over, since it is known what its numbers
  // stand for. Any other of the same build is removed.
  std::optional<std::uint64_t> known_instance = {};
  // Another sensor, of lsm or fentry, whose hooks this one's are to stand in for: by its maps, tables and
  // ring. Not owned; outlives this one. The rest of these options is that one's.
  const Sensor* stands_in_for = nullptr;
  bool protects = false;  // if it can be
};

struct HookStatus {
  std::string hook;
  pw_hook counter{};  // which of SensorCounts::fired is its own
  bool is_attached = false;
  bool can_be_provoked = true;   // the canary makes it fire
  bool can_be_silenced = false;  // by kernel.ftrace_enabled: it stays attached, and is never called
  std::string why = {};          // when not attached: the kernel's word
};

// A hook that is several programs, all of one counter.
struct FunctionHook {
  std::string name;
  pw_hook counter{};
  bool can_be_provoked = true;
  std::vector<bpf_program*> programs;
};

// Sums over the CPUs, since the sensor was loaded.
struct SensorCounts {
  std::array<std::uint64_t, PW_HOOKS> fired{};
  std::uint64_t seen = 0, lost = 0, denied = 0;
  std::uint64_t last_sequence = 0;
};

struct ProgramStatistics {
  std::string name;
  std::uint64_t runs = 0, run_ns = 0, missed = 0;
};

class Sensor {
 public:
  // Loads and attaches. With no backend named: tries them in the order of preference, and says in
  // `attempts()` why the better ones could not be had.
  static Result<std::unique_ptr<Sensor>> start(const SensorOptions& options);
  ~Sensor();
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  Backend backend() const { return backend_; }
  // Its maps and programs were there already, and are what another process had left.
  bool is_taken_over() const { return is_taken_over_; }
  // The numbers of processes and accesses go on from there; before a policy is in force.
  void number_from(std::uint64_t last_subject, std::uint64_t last_sequence);
  // Of the losses in counts() and program_statistics(), how many have been told: the next agent is told, too.
  void note_told_losses(std::uint64_t lost, std::uint64_t missed);
  void note_told_sequence(std::uint64_t sequence);
  std::uint64_t told_lost() const;
  std::uint64_t told_missed() const;
  std::uint64_t instance() const;                            // a random number of this set of maps
  const std::string& pin_name() const { return pin_name_; }  // empty: it is not pinned
  // Pins it, unless it is already. From then on it outlives this process.
  Result<void> stay();
  const std::vector<std::string>& attempts() const { return attempts_; }
  const std::vector<HookStatus>& hooks() const { return hooks_; }

  // Opens a file to see whether the hook of opens is called. Attached alone, it need not be.
  bool sees_opens() const;
  // From now on the hooks that stand in tell, and not those of this sensor; or the other way round.
  void let_stand_in(bool acts);
  // Whoever takes hold of its maps, programs and links from now on is told.
  Result<void> guard_objects();
  // What would harm the agent is refused (bpf/protect.h): as the options say, if the backend is lsm.
  bool protects() const { return protects_; }
  // Nothing is refused before that time; 0: all is, from now on.
  void unlock_until(std::uint64_t boot_ns);
  // Puts right what of its variables somebody else has written over, of those by which it could be silenced:
  // true when there was something. `generation` is that of the tables in force.
  bool mend(std::uint32_t generation);

  // Changes of names, attributes and lengths are seen.
  bool sees_names() const { return sees_names_; }
  // Memory of other processes that is reached is seen.
  bool sees_memory() const { return sees_memory_; }
  // Connections to unix sockets are seen; but on syscalls not datagrams that are sent by a name.
  bool sees_connections() const { return sees_connections_; }
  // Listeners are seen that are handed descriptors: when they are, or, on syscalls, when they ask for it.
  bool sees_listeners() const { return sees_listeners_; }

  bool sees_mounts() const { return sees_mounts_; }
  // Datagrams that are sent by an address are seen; but on syscalls not those of raw sockets.
  bool sees_datagrams() const { return has_hook(PW_HOOK_SEND_DATAGRAM) || has_hook(PW_HOOK_CGROUP_SEND); }
  // What is read from a pipe is seen when it is.
  bool sees_pipes() const { return has_hook(PW_HOOK_PIPE_READ); }
  // Connections by vsock are seen.
  bool sees_vsock() const { return has_hook(PW_HOOK_SOCKET_CONNECT); }
  // Sets after how many seconds without an access what was read is not carried any more; 0: it always is.
  void let_fade(std::uint32_t seconds);
  // Whoever reads this file from now on carries that. Fails when the kernel has no room.
  Result<void> put_derived_file(const pw_inode_key& file, const pw_held& held);
  // Sets whether terminals that somebody writes to with client data are told.
  void note_terminals(bool are_noted);

  // True when a 32-bit program was seen whose calls no hook sees yet; then attach_32_bit_calls, which adds a
  // hook.
  bool misses_32_bit_calls() const;
  Result<void> attach_32_bit_calls();

  // Looks at kernel.core_pattern, by which a process leaves a core that may leave no file: from time to time.
  void look_where_cores_go();

  // Thread-safe: reads shared memory or makes single bpf(2) calls.
  SensorCounts counts() const;
  std::vector<std::uint64_t> permitted_counts(std::uint32_t slots) const;  // by slot
  std::vector<ProgramStatistics> program_statistics() const;

  // Stamps the tasks that are older than the hooks, or older than a program's place in the policy.
  Result<void> stamp_tasks();
  // What other processes hold open already counts as theirs from now on: to be called once, with a policy in
  // force.
  Result<void> observe_held_files();
  // Identities of open descriptors of this process as the kernel knows them, in the order given. A descriptor
  // that is not open yields nothing.
  Result<std::vector<std::optional<pw_inode_key>>> identify(const std::vector<int>& descriptors);
  // The record of a process (decode.h) that has this socket open, by its inode's number: of several, the one
  // with the lowest number but 1. Empty: none. Goes through every descriptor of the host, which takes
  // milliseconds.
  Result<std::string> describe_holder(std::uint64_t socket);

  // For the other parts of agent/kernel: maps by name, and the mapped globals.
  int map(const char* name) const;  // descriptor, owned by the sensor
  sensor_bpf* skeleton() const { return skeleton_; }

 private:
  Sensor() = default;
  static Result<std::unique_ptr<Sensor>> try_backend(Backend backend, const SensorOptions& options,
                                                     const KernelFacts& facts);
  Result<void> load(const SensorOptions& options, const KernelFacts& facts);
  void prepare_call_hooks(const KernelFacts& facts);
  void prepare_lsm_hooks();
  Result<void> attach();
  void attach_process_hooks();
  Result<void> attach_call_hooks();
  Result<void> attach_calls(HookStatus hook, bpf_program* program, std::vector<Descriptor> events);
  Result<void> attach_all_calls(bool can_be_provoked);
  Result<void> attach_hook(HookStatus hook, bpf_program* program);

  // sensor_pins.cc
  void want_what_is_loaded();
  void look_for_pins(const SensorOptions& options);
  std::string name_for_pins() const;
  bool is_known(const SensorOptions& options) const;
  Result<void> take_over();
  void be_its_agent();
  void know_where_pins_are();
  bpf_link* link(const std::string& name, const std::function<bpf_link*()>& attach);
  int descriptor_of(const bpf_program* program) const;
  bool is_wanted(bpf_program* program) const { return wanted_.contains(program); }

  // stand_in.cc
  Result<void> share_with(const Sensor& other);

  bool has_hook(pw_hook counter) const {
    return std::any_of(hooks_.begin(), hooks_.end(),
                       [&](const HookStatus& hook) { return hook.counter == counter && hook.is_attached; });
  }

  struct DestroyLink {
    bool stays = false;
    void operator()(bpf_link* link) const;
  };

  Backend backend_ = Backend::kSyscalls;
  sensor_bpf* skeleton_ = nullptr;
  std::vector<FunctionHook> function_hooks_;
  std::vector<Descriptor> open_calls_, change_calls_, memory_calls_, listen_calls_, connect_calls_,
      mount_calls_, guard_calls_;  // perf events of their tracepoints, until they are attached
  std::vector<std::unique_ptr<bpf_link, DestroyLink>> links_;
  std::vector<std::string> attempts_;
  std::vector<HookStatus> hooks_;
  std::set<bpf_program*> wanted_;  // loaded, or those that are taken over
  std::map<std::string, bpf_link*> links_by_name_;
  std::map<std::string, Descriptor> programs_taken_over_;
  Pins* pins_ = nullptr;
  std::string pin_name_;
  bool is_taken_over_ = false, stays_ = false, lets_stand_in_ = false, protects_ = false;
  std::uint64_t unlocked_until_ns_ = 0;  // boot time
  bool sees_32_bit_calls_ = true;
  bool sees_names_ = true;
  bool sees_memory_ = true;
  bool sees_listeners_ = true;
  bool sees_connections_ = true;
  bool sees_mounts_ = true;
};

}  // namespace purposewatch

// The sensor: the BPF object, loaded for one backend, with its hooks attached. Everything it holds in the
// kernel goes when it is destroyed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/backend.h"
#include "bpf/abi.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

struct sensor_bpf;
struct bpf_link;
struct bpf_program;

namespace purposewatch {

struct SensorOptions {
  std::optional<Backend> backend;      // nothing: the best that loads
  std::uint32_t counter_slots = 4096;  // capacity of the `permitted` counters
  // Inode number of the mount namespace whose mounts count (stat of /proc/PID/ns/mnt); nothing: process 1's.
  std::optional<std::uint32_t> mount_namespace;
  std::uint32_t ring_bytes = 2U << 20;  // a power of two
};

struct HookStatus {
  std::string hook;
  pw_hook counter{};  // which of SensorCounts::fired is its own
  bool is_attached = false;
  bool can_be_provoked = true;  // Agent::provoke makes it fire
  std::string why = {};         // when not attached: the kernel's word
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
  const std::vector<std::string>& attempts() const { return attempts_; }
  const std::vector<HookStatus>& hooks() const { return hooks_; }

  // Changes of names, attributes and lengths are seen.
  bool sees_names() const { return sees_names_; }
  // Memory of other processes that is reached is seen.
  bool sees_memory() const { return sees_memory_; }
  // Connections to unix sockets are seen; but on syscalls not datagrams that are sent by a name.
  bool sees_connections() const { return sees_connections_; }
  // Listeners are seen that are handed descriptors: when they are, or, on syscalls, when they ask for it.
  bool sees_listeners() const { return sees_listeners_; }

  bool sees_mounts() const { return sees_mounts_; }

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
  Result<void> attach_call_hooks();
  Result<void> attach_calls(HookStatus hook, bpf_program* program, std::vector<Descriptor> events);
  Result<void> attach_all_calls(bool can_be_provoked);
  Result<void> attach_hook(HookStatus hook, bpf_program* program);

  struct DestroyLink {
    void operator()(bpf_link* link) const;
  };

  Backend backend_ = Backend::kSyscalls;
  sensor_bpf* skeleton_ = nullptr;
  std::vector<Descriptor> open_calls_, change_calls_, memory_calls_, listen_calls_, connect_calls_,
      mount_calls_;  // perf events of their tracepoints, until they are attached
  std::vector<std::unique_ptr<bpf_link, DestroyLink>> links_;
  std::vector<std::string> attempts_;
  std::vector<HookStatus> hooks_;
  bool sees_32_bit_calls_ = true;
  bool sees_names_ = true;
  bool sees_memory_ = true;
  bool sees_listeners_ = true;
  bool sees_connections_ = true;
  bool sees_mounts_ = true;
};

}  // namespace purposewatch

// The kernel's policy tables in plain memory, read by the kernel's own code (kernel_code.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/kernel/compile.h"
#include "bpf/abi.h"

namespace purposewatch {

class HostKernel {
 public:
  // Puts the policy in force under a generation. One HostKernel at a time: the C code finds it by a global.
  HostKernel(std::shared_ptr<const CompiledPolicy> policy, std::uint32_t generation);
  ~HostKernel();
  HostKernel(const HostKernel&) = delete;
  HostKernel& operator=(const HostKernel&) = delete;

  // As PolicyTables does; false when the unit matches more patterns than a row holds.
  bool learn_cgroup(std::uint64_t cgroup, const std::string& unit);
  // As PolicyTables does, at a moment by both clocks.
  void refresh_windows(std::int64_t wall_ns, std::uint64_t boot_ns);

  struct End {
    std::uint32_t state = 0;
    std::optional<std::size_t> store;
    bool is_unsure = false;
    std::uint32_t client_depth = 0;  // index + 1 of the component that names the client; 0: none
  };
  // Steps through the components from `first` on, as bpf/descend.h's run_down does through dentries.
  End run(std::uint32_t state, const std::vector<std::string>& components, std::size_t first) const;
  // The same from a directory that is on the way, as bpf/descend.h's run_from does.
  End run_from(const AnchorTree::Directory& directory, pw_way_of of,
               const std::vector<std::string>& components) const;

  struct Access {
    std::uint32_t euid = 0, egid = 0;
    std::uint64_t cgroup = 0;
    std::uint16_t store = 0;
    std::uint32_t owner = 0;
    std::uint32_t kinds = 0;
    std::uint64_t boot_ns = 0;
  };
  // task may be null. Slots that were counted up meanwhile are in counted().
  std::uint32_t undecided(pw_task* task, const Access& access);
  const std::vector<std::uint32_t>& counted() const { return counted_; }

  struct Tables;  // the look-ups' side
  Tables& tables() const { return *tables_; }

 private:
  End run_on(pw_target at, const std::vector<std::string>& components, std::size_t first) const;

  std::unique_ptr<Tables> tables_;
  std::vector<std::uint32_t> counted_;
};

}  // namespace purposewatch

// The policy's tables in the kernel: filled beside the ones in force, then swapped in by one number.
#pragma once

#include <bpf/bpf.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "agent/kernel/compile.h"
#include "agent/kernel/marks.h"
#include "agent/kernel/sensor.h"
#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

struct TableUse {
  std::string map;
  std::uint64_t entries = 0, capacity = 0;
};

class PolicyTables {
 public:
  PolicyTables(Sensor& sensor, Marks& marks) : sensor_(sensor), marks_(marks) {}

  // Fills the idle set and puts it in force. On an error the set in force stays. Returns the new generation.
  // Tables wait until no program reads their predecessors: `meanwhile` is called until then, to keep the
  // ring from filling. What only the kernel needs of the policy is freed.
  Result<std::uint32_t> install(std::shared_ptr<CompiledPolicy> policy,
                                const std::function<void()>& meanwhile);

  // Looks again where the policy's directories are now, after mounts or renames. New anchors are added to the
  // set in force; old ones stay until the next policy, since processes may still reach files through them.
  Result<void> refresh_anchors();

  // Tells the kernel when windows are open next. From time to time: it is told of one opening at a time; and
  // when the clock was set.
  void refresh_windows();

  // Tells the kernel which units a cgroup is, from now on and over reloads.
  void learn_cgroup(std::uint64_t cgroup, const std::string& unit);

  // The policy that a record of this generation was decided by; null for one long gone.
  std::shared_ptr<const CompiledPolicy> policy_of(std::uint32_t generation) const;
  // The path of an anchor in a generation; "/" for none.
  std::string anchor_path(std::uint32_t generation, std::uint32_t anchor) const;
  // The name of a store by its number in bpf/held_stores.h; nothing for a number never given.
  std::optional<std::string> store_of_number(std::uint32_t number) const;
  std::uint32_t generation() const { return generation_; }
  std::vector<TableUse> use() const;

 private:
  struct Set {
    std::uint32_t generation = 0;
    std::shared_ptr<const CompiledPolicy> policy;
    Descriptor anchors, units;  // these grow while the set is in force
    std::uint64_t anchor_capacity = 0;
    std::set<InodeKey> anchored;
    std::vector<TableUse> use;
  };

  Result<void> fill(Set& set, std::uint32_t slot, const std::function<void()>& meanwhile);
  Result<void> fill_anchors(Set& set);
  void fill_windows(const Set& set);
  Result<void> put_unit(const Set& set, std::uint64_t cgroup, const std::string& unit);

  std::vector<std::uint32_t> number_stores(const RuleSet& rules);

  Sensor& sensor_;
  Marks& marks_;
  std::uint32_t generation_ = 0;
  std::array<Set, PW_GENERATIONS> sets_;
  std::map<std::string, std::uint32_t> store_numbers_;  // of every policy so far
  std::vector<std::string> numbered_stores_;            // by number
  std::map<std::uint64_t, std::string> cgroups_;        // unit by cgroup id
};

}  // namespace purposewatch

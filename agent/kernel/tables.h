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
  // ring from filling; `once_in_force`, the moment they are. What only the kernel needs of the policy is
  // freed.
  Result<std::uint32_t> install(std::shared_ptr<CompiledPolicy> policy,
                                const std::function<void()>& meanwhile,
                                const std::function<void()>& once_in_force = {});

  // What the numbers of a generation stand for, in records of an agent before.
  struct Names {
    std::uint32_t generation = 0;
    std::vector<std::string> stores;   // by index
    std::vector<std::string> anchors;  // by number
    bool operator==(const Names&) const = default;
  };
  // Takes over tables that another agent has put in force: `generations` are the last two, oldest first, and
  // `store_names` stand by number. What they have left undecided is decided by `rules`.
  void take_over(const std::vector<Names>& generations, const std::vector<std::string>& store_names,
                 const std::shared_ptr<const RuleSet>& rules);
  // Those that are in force, and those of `next` (or null), if it is installed next;
  // oldest first.
  std::vector<Names> names(const CompiledPolicy* next) const;

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
  // The name of a store by its index in a generation; nothing for none.
  std::optional<std::string> store_at(std::uint32_t generation, std::uint32_t index) const;
  // The path of an anchor in a generation; "/" for none.
  std::string anchor_path(std::uint32_t generation, std::uint32_t anchor) const;
  // The name of a store by its number in bpf/held_stores.h; nothing for a number never given.
  std::optional<std::string> store_of_number(std::uint32_t number) const;
  const std::map<std::string, std::uint32_t>& store_numbers() const { return store_numbers_; }
  const std::vector<std::string>& numbered_stores() const { return numbered_stores_; }  // by number
  // Likewise, with those of a policy that is to be installed.
  std::vector<std::string> numbered_stores_with(const RuleSet& next) const;
  std::uint32_t generation() const { return generation_; }
  std::vector<TableUse> use() const;

 private:
  struct Set {
    std::uint32_t generation = 0;
    std::shared_ptr<const CompiledPolicy> policy;
    std::optional<Names> taken_over;  // then the policy is not the one by which the kernel decided
    Descriptor anchors, units;        // these grow while the set is in force
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

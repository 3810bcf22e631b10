#include "agent/kernel/tables.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>

#include "agent/kernel/clock.h"
#include "agent/kernel/filters.h"
#include "agent/kernel/inodes.h"
#include "agent/kernel/new_map.h"
#include "agent/kernel/open_seconds.h"
#include "sensor.skel.h"

namespace purposewatch {
namespace {

constexpr std::size_t kCgroupsMax = 16384;
// Room for anchors that appear while a set is in force: new mounts, recreated directories.
constexpr std::size_t kSpareAnchors = 1024;

// Of the component just below the anchor: those that lead on only where none is skipped.
std::uint64_t first_names(const pw_anchor& anchor) {
  std::uint64_t names = 0;
  for (const pw_way& way : anchor.way) names |= way.skip == 0 ? way.names : PW_ANY_NAME;
  return names;
}

using Inodes = std::vector<std::optional<pw_inode_key>>;  // by number of the directory in the tree

Result<Inodes> find_directories(Sensor& sensor, const AnchorTree& tree) {
  constexpr std::size_t kPathsAtOnce = 256;  // the names of ten thousand at once would be a megabyte
  const auto count = static_cast<std::uint32_t>(tree.directories().size());
  Inodes inodes;
  inodes.reserve(count);
  std::vector<std::string> paths;
  for (std::uint32_t i = 0; i < count; ++i) {
    paths.push_back(tree.path_of(i));
    if (paths.size() < kPathsAtOnce && i + 1 < count) continue;
    const auto found = find_inodes(sensor, paths);
    if (!found) return tl::unexpected(found.error());
    inodes.insert(inodes.end(), found->begin(), found->end());
    paths.clear();
  }
  return inodes;
}

// Of each literal prefix: the deepest directory that exists, and the one above, from which a replaced
// directory is found by its name.
std::vector<std::uint32_t> choose_anchors(const AnchorTree& tree, const Inodes& inodes) {
  std::vector<std::uint32_t> chosen;
  const auto& directories = tree.directories();
  for (std::uint32_t end = 0; end < directories.size(); ++end) {
    if (!directories[end].ends_a_prefix) continue;
    std::uint32_t at = end;
    for (int wanted = 2; wanted > 0; at = directories[at].above) {
      if (inodes[at]) {
        chosen.push_back(at);
        --wanted;
      }
      if (at == AnchorTree::kRoot) break;
    }
  }
  return chosen;
}

// A table of a new set, and the one of tables that it goes into.
struct NewTable {
  const char* outer;
  Result<Descriptor> map;
  std::uint64_t entries, capacity;
};

// The kernel returns from each when no program can still be reading what was in this slot before
// (since 4.12), milliseconds later: so they are put all at once.
Result<void> put_all(Sensor& sensor, const std::vector<NewTable>& tables, std::uint32_t slot,
                     const std::function<void()>& meanwhile) {
  constexpr std::chrono::milliseconds kLook(1);
  std::vector<std::future<int>> results;
  for (const NewTable& table : tables)
    results.push_back(std::async([slot, outer = sensor.map(table.outer), map = table.map->get()] {
      return bpf_map_update_elem(outer, &slot, &map, BPF_ANY) == 0 ? 0 : errno;
    }));
  for (std::size_t i = 0; i < results.size(); ++i) {
    while (results[i].wait_for(kLook) == std::future_status::timeout) meanwhile();
    if (const int error = results[i].get(); error != 0)
      return fail(
          fmt::format("cannot install the kernel table {}: {}", tables[i].outer, std::strerror(error)));
  }
  return {};
}

}  // namespace

Result<std::uint32_t> PolicyTables::install(std::shared_ptr<CompiledPolicy> policy,
                                            const std::function<void()>& meanwhile,
                                            const std::function<void()>& once_in_force) {
  const std::uint32_t next = generation_ + 1;
  const std::uint32_t slot = next % PW_GENERATIONS;
  Set set;
  set.generation = next;
  set.policy = policy;
  clear_filters(sensor_.skeleton(), slot, policy->tables.anchors.directories().size() + marks_.size());
  fill_windows(set);
  if (auto filled = fill(set, slot, meanwhile); !filled) return tl::unexpected(filled.error());
  if (auto marked = marks_.install(policy->tables.automaton, next); !marked)
    return tl::unexpected(marked.error());
  // The kernel adds to the filters what it marks from now on; what it marked before they were cleared is in
  // its table.
  marks_.each_in_kernel(
      [&](const InodeKey& inode) { add_to_filters(sensor_.skeleton(), slot, inode.raw(), PW_ANY_NAME); });
  policy->tables.automaton = {};
  sets_[slot] = std::move(set);
  generation_ = next;
  __atomic_store_n(&sensor_.skeleton()->bss->generation, next, __ATOMIC_RELEASE);
  if (once_in_force) once_in_force();
  return next;
}

Result<void> PolicyTables::fill(Set& set, std::uint32_t slot, const std::function<void()>& meanwhile) {
  const KernelTables& tables = set.policy->tables;
  std::vector<NewTable> made;
  const auto add = [&](const char* outer, Result<Descriptor> map, std::uint64_t entries,
                       std::uint64_t capacity) {
    made.push_back({outer, std::move(map), entries, capacity});
  };
  const auto add_array = [&](const char* outer, const auto& values) {
    add(outer, new_array(outer, values), values.size(), values.size());
  };
  const auto add_hash = [&](const char* outer, const auto& keys, const auto& values) {
    add(outer, new_hash(outer, keys, values, keys.size()), keys.size(), keys.size());
  };

  std::vector<pw_edge_key> edge_keys;
  std::vector<pw_target> edge_targets;
  for (const auto& [edge, target] : tables.automaton.edges) {
    edge_keys.push_back(edge_key(edge));
    edge_targets.push_back(tables.automaton.target(target));
  }
  std::vector<__u32> programs;
  std::vector<pw_candidates> candidates;
  for (const auto& [program, row] : tables.candidates) {
    programs.push_back(program);
    candidates.push_back(row);
  }
  std::vector<pw_permit_key> permit_keys;
  std::vector<pw_permit> permits;
  for (const auto& [key, row] : tables.permits) {
    permit_keys.push_back(key);
    permits.push_back(row);
  }
  std::vector<pw_port_key> ports;
  std::vector<__u32> stores_of_ports;
  for (const auto& [port, store] : tables.ports) {
    ports.push_back(port);
    stores_of_ports.push_back(store);
  }
  const std::vector<__u32> is_there(tables.origins.size(), 1);
  set.anchor_capacity = tables.anchors.directories().size() + kSpareAnchors;

  add("units", new_map(BPF_MAP_TYPE_HASH, "units", sizeof(__u64), sizeof(pw_units), kCgroupsMax), 0,
      kCgroupsMax);
  add("anchors",
      new_map(BPF_MAP_TYPE_HASH, "anchors", sizeof(pw_inode_key), sizeof(pw_anchor), set.anchor_capacity), 0,
      set.anchor_capacity);
  add_array("states", tables.automaton.states);
  add_array("globs", tables.automaton.globs);
  add_array("glob_targets", tables.automaton.glob_targets);
  add_hash("edges", edge_keys, edge_targets);
  add_array("services", tables.services);
  add_hash("candidates", programs, candidates);
  add_hash("permits", permit_keys, permits);
  add_array("store_numbers", number_stores(*set.policy->rules));
  add_hash("ports", ports, stores_of_ports);
  add_hash("origins", tables.origins, is_there);
  for (const NewTable& table : made) {
    if (!table.map) return tl::unexpected(table.map.error());
    set.use.push_back({table.outer, table.entries, table.capacity});
  }
  if (auto put = put_all(sensor_, made, slot, meanwhile); !put) return put;
  set.units = std::move(*made[0].map);
  set.anchors = std::move(*made[1].map);
  for (const auto& [cgroup, unit] : cgroups_)
    if (auto done = put_unit(set, cgroup, unit); !done) return done;
  return fill_anchors(set);
}

// By the index that a store has in this policy.
std::vector<std::uint32_t> PolicyTables::number_stores(const RuleSet& rules) {
  std::vector<std::uint32_t> numbers;
  for (const Store& store : rules.stores) {
    if (store.is_agents) {
      numbers.push_back(PW_NOT_HELD);
      continue;
    }
    const auto next = static_cast<std::uint32_t>(numbered_stores_.size());
    const auto [entry, is_new] = store_numbers_.try_emplace(store.name, next);
    if (is_new) numbered_stores_.push_back(store.name);
    numbers.push_back(entry->second);
  }
  return numbers;
}

std::vector<std::string> PolicyTables::numbered_stores_with(const RuleSet& next) const {
  std::vector<std::string> all = numbered_stores_;
  for (const Store& store : next.stores)
    if (!store.is_agents && !store_numbers_.contains(store.name)) all.push_back(store.name);
  return all;
}

std::optional<std::string> PolicyTables::store_of_number(std::uint32_t number) const {
  return number < numbered_stores_.size() ? std::optional(numbered_stores_[number]) : std::nullopt;
}

Result<void> PolicyTables::fill_anchors(Set& set) {
  const AnchorTree& tree = set.policy->tables.anchors;
  const auto inodes = find_directories(sensor_, tree);
  if (!inodes) return tl::unexpected(inodes.error());
  std::vector<pw_inode_key> keys;
  std::vector<pw_anchor> anchors;
  for (const std::uint32_t number : choose_anchors(tree, *inodes)) {
    const pw_inode_key& key = *(*inodes)[number];
    if (!set.anchored.insert(InodeKey::of(key)).second) continue;
    keys.push_back(key);
    const AnchorTree::Directory& directory = tree.directories()[number];
    anchors.push_back({.way = {directory.way[PW_OF_FILES], directory.way[PW_OF_SOCKETS]},
                       .id = number,
                       .depth = directory.depth,
                       .reserved = 0});
  }
  if (auto filled = fill_map(set.anchors.get(), "anchors", keys, anchors); !filled) return filled;
  for (std::size_t i = 0; i < keys.size(); ++i)
    add_to_filters(sensor_.skeleton(), set.generation % PW_GENERATIONS, keys[i], first_names(anchors[i]));
  for (TableUse& use : set.use)
    if (use.map == "anchors") use.entries = set.anchored.size();
  return {};
}

Result<void> PolicyTables::refresh_anchors() {
  Set& set = sets_[generation_ % PW_GENERATIONS];
  return generation_ == 0 || set.taken_over ? Result<void>{} : fill_anchors(set);
}

void PolicyTables::fill_windows(const Set& set) {
  const auto& windows = set.policy->tables.windows;
  __u64* const kernels = sensor_.skeleton()->bss->open_seconds[set.generation % PW_GENERATIONS];
  const std::int64_t wall_ns = clock_ns(CLOCK_REALTIME), boot_ns = clock_ns(CLOCK_BOOTTIME);
  for (std::size_t i = 0; i < windows.size(); ++i)
    __atomic_store_n(&kernels[i], open_seconds(windows[i], wall_ns, boot_ns), __ATOMIC_RELEASE);
}

void PolicyTables::refresh_windows() {
  const Set& set = sets_[generation_ % PW_GENERATIONS];
  if (generation_ != 0 && !set.taken_over) fill_windows(set);
}

Result<void> PolicyTables::put_unit(const Set& set, std::uint64_t cgroup, const std::string& unit) {
  const auto row = units_of(set.policy->tables, unit);
  if (!row) return {};  // too many patterns match: stays user space's to decide
  if (bpf_map_update_elem(set.units.get(), &cgroup, &*row, BPF_ANY) != 0 && errno != E2BIG)
    return fail(fmt::format("cannot fill the kernel table units: {}", std::strerror(errno)));
  return {};
}

void PolicyTables::learn_cgroup(std::uint64_t cgroup, const std::string& unit) {
  if (generation_ == 0) return;
  if (cgroups_.size() >= kCgroupsMax) cgroups_.clear();  // most are long gone; the living are learnt again
  auto [known, is_new] = cgroups_.try_emplace(cgroup, unit);
  if (!is_new && known->second == unit) return;
  known->second = unit;
  // A failure leaves the cgroup unknown to the kernel: its accesses go on to be decided in user space.
  if (const Set& set = sets_[generation_ % PW_GENERATIONS]; !set.taken_over)
    (void)put_unit(set, cgroup, unit);
}

std::shared_ptr<const CompiledPolicy> PolicyTables::policy_of(std::uint32_t generation) const {
  const Set& set = sets_[generation % PW_GENERATIONS];
  return set.generation == generation ? set.policy : nullptr;
}

std::optional<std::string> PolicyTables::store_at(std::uint32_t generation, std::uint32_t index) const {
  const Set& set = sets_[generation % PW_GENERATIONS];
  if (set.generation != generation || !set.policy) return std::nullopt;
  if (set.taken_over)
    return index < set.taken_over->stores.size() ? std::optional(set.taken_over->stores[index])
                                                 : std::nullopt;
  const auto& stores = set.policy->rules->stores;
  return index < stores.size() ? std::optional(stores[index].name) : std::nullopt;
}

void PolicyTables::take_over(const std::vector<Names>& generations,
                             const std::vector<std::string>& store_names,
                             const std::shared_ptr<const RuleSet>& rules) {
  for (const Names& names : generations) {
    Set& set = sets_[names.generation % PW_GENERATIONS];
    set.generation = generation_ = names.generation;
    set.policy = std::make_shared<CompiledPolicy>(CompiledPolicy{rules, {}});
    set.taken_over = names;
  }
  numbered_stores_ = store_names;
  for (std::uint32_t number = 0; number < store_names.size(); ++number)
    store_numbers_[store_names[number]] = number;
}

namespace {

PolicyTables::Names names_of(const CompiledPolicy& policy, std::uint32_t generation) {
  PolicyTables::Names names{generation, {}, {}};
  for (const Store& store : policy.rules->stores) names.stores.push_back(store.name);
  const auto count = static_cast<std::uint32_t>(policy.tables.anchors.directories().size());
  for (std::uint32_t i = 0; i < count; ++i) names.anchors.push_back(policy.tables.anchors.path_of(i));
  return names;
}

}  // namespace

std::vector<PolicyTables::Names> PolicyTables::names(const CompiledPolicy* next) const {
  std::vector<Names> all;
  if (generation_ != 0) {
    const Set& set = sets_[generation_ % PW_GENERATIONS];
    all.push_back(set.taken_over ? *set.taken_over : names_of(*set.policy, generation_));
  }
  if (next != nullptr) all.push_back(names_of(*next, generation_ + 1));
  return all;
}

std::string PolicyTables::anchor_path(std::uint32_t generation, std::uint32_t anchor) const {
  const Set& set = sets_[generation % PW_GENERATIONS];
  if (set.generation == generation && set.taken_over)
    return anchor < set.taken_over->anchors.size() ? set.taken_over->anchors[anchor] : "/";
  const auto policy = policy_of(generation);
  return policy ? policy->tables.anchors.path_of(anchor) : "/";
}

std::vector<TableUse> PolicyTables::use() const {
  return generation_ == 0 ? std::vector<TableUse>{} : sets_[generation_ % PW_GENERATIONS].use;
}

}  // namespace purposewatch

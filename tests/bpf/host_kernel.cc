#include "tests/bpf/host_kernel.h"

#include <cstdlib>
#include <map>
#include <string_view>

#include "agent/kernel/open_seconds.h"
#include "tests/bpf/kernel_code.h"

namespace purposewatch {

struct HostKernel::Tables {
  std::shared_ptr<const CompiledPolicy> policy;
  std::uint32_t generation = 0;
  std::vector<pw_state> states;
  std::unordered_map<std::string, pw_target> edges;  // by the bytes of the key
  std::vector<pw_glob> globs;
  std::vector<__u32> glob_targets;
  std::map<std::uint32_t, pw_candidates> candidates;
  std::vector<pw_service> services;
  std::map<std::uint64_t, pw_units> units;
  std::unordered_map<std::string, pw_permit> permits;
  std::unordered_map<std::string, __u32> origins;  // by the bytes of the key
  std::vector<std::uint64_t> open_seconds;
  std::uint64_t boot_ns = 0;
  std::vector<std::uint32_t>* counted = nullptr;
};

namespace {

HostKernel::Tables* in_force = nullptr;

// A look-up in any other generation's tables than those in force would be half a policy.
HostKernel::Tables& tables_of(std::uint32_t generation) {
  if (in_force == nullptr || in_force->generation != generation) std::abort();
  return *in_force;
}

template <class Key>
std::string bytes_of(const Key& key) {
  return {reinterpret_cast<const char*>(&key), sizeof(key)};
}

template <class Value>
Value* at(std::vector<Value>& array, std::uint32_t index) {
  return index < array.size() ? &array[index] : nullptr;
}

template <class Map, class Key>
typename Map::mapped_type* find(Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

HostKernel::HostKernel(std::shared_ptr<const CompiledPolicy> policy, std::uint32_t generation)
    : tables_(std::make_unique<Tables>()) {
  const KernelTables& compiled = policy->tables;
  tables_->generation = generation;
  tables_->states = compiled.automaton.states;
  for (const auto& [edge, target] : compiled.automaton.edges)
    tables_->edges[bytes_of(edge_key(edge))] = compiled.automaton.target(target);
  tables_->globs = compiled.automaton.globs;
  tables_->glob_targets = compiled.automaton.glob_targets;
  tables_->candidates = compiled.candidates;
  tables_->services = compiled.services;
  for (const pw_origin_key& key : compiled.origins) tables_->origins[bytes_of(key)] = 1;
  for (const auto& [key, row] : compiled.permits) tables_->permits[bytes_of(key)] = row;
  tables_->counted = &counted_;
  tables_->policy = std::move(policy);
  in_force = tables_.get();
}

HostKernel::~HostKernel() {
  in_force = nullptr;
}

bool HostKernel::learn_cgroup(std::uint64_t cgroup, const std::string& unit) {
  const auto row = units_of(tables_->policy->tables, unit);
  if (row) tables_->units[cgroup] = *row;
  return row.has_value();
}

void HostKernel::refresh_windows(std::int64_t wall_ns, std::uint64_t boot_ns) {
  tables_->open_seconds.clear();
  for (const auto& windows : tables_->policy->tables.windows)
    tables_->open_seconds.push_back(open_seconds(windows, wall_ns, static_cast<std::int64_t>(boot_ns)));
}

HostKernel::End HostKernel::run(std::uint32_t state, const std::vector<std::string>& components,
                                std::size_t first) const {
  pw_target at{};
  kernel_enter(tables_->generation, &at, state);
  return run_on(at, components, first);
}

HostKernel::End HostKernel::run_from(const AnchorTree::Directory& directory, pw_way_of of,
                                     const std::vector<std::string>& components) const {
  const pw_way& way = directory.way[of];
  std::size_t first = directory.depth + way.skip;
  if (first > components.size()) return {};
  if (first == components.size() || way.names == PW_ANY_NAME) return run(way.state, components, first);
  const std::string& name = components[first];
  pw_target at{.state = way.state, .client_depth = 0, .store = 0, .flags = 0};
  if (!kernel_step_by_literal(tables_->generation, &at, way.names, name.c_str(),
                              static_cast<__u32>(name.size())))
    return {};
  return run_on(at, components, first + 1);
}

HostKernel::End HostKernel::run_on(pw_target at, const std::vector<std::string>& components,
                                   std::size_t first) const {
  const std::uint32_t generation = tables_->generation;
  for (std::size_t i = first; i < components.size() && at.state != 0; ++i) {
    if (at.flags & PW_STATE_FINAL) break;
    const pw_state* here = table_state(generation, at.state);
    if (here == nullptr) std::abort();
    if (here->flags & (PW_STATE_HAS_LITERALS | PW_STATE_HAS_GLOBS))
      kernel_step_down(generation, &at, here, components[i].c_str(),
                       static_cast<__u32>(components[i].size()));
    else
      kernel_enter(generation, &at, here->otherwise);
  }
  End end{.state = at.state, .store = {}, .is_unsure = false, .client_depth = 0};
  if (at.state == 0) return end;
  if (at.store > 0) end.store = at.store - 1U;
  end.is_unsure = (at.flags & PW_STATE_UNSURE) != 0;
  end.client_depth = at.client_depth;
  return end;
}

std::uint32_t HostKernel::undecided(pw_task* task, const Access& access) {
  counted_.clear();
  tables_->boot_ns = access.boot_ns;
  return kernel_undecided_kinds(task, tables_->generation, access.euid, access.egid, access.cgroup,
                                access.store, access.owner, access.kinds);
}

}  // namespace purposewatch

using purposewatch::at;
using purposewatch::bytes_of;
using purposewatch::find;
using purposewatch::in_force;
using purposewatch::tables_of;

pw_state* table_state(__u32 generation, __u32 number) {
  return at(tables_of(generation).states, number);
}
pw_target* table_edge(__u32 generation, const pw_edge_key* key) {
  return find(tables_of(generation).edges, bytes_of(*key));
}
pw_glob* table_glob(__u32 generation, __u32 number) {
  return at(tables_of(generation).globs, number);
}
__u32* table_glob_target(__u32 generation, __u32 number) {
  return at(tables_of(generation).glob_targets, number);
}
pw_candidates* table_candidates(__u32 generation, __u32 program) {
  return find(tables_of(generation).candidates, program);
}
pw_service* table_service(__u32 generation, __u32 number) {
  return at(tables_of(generation).services, number);
}
pw_units* table_units(__u32 generation, __u64 cgroup) {
  return find(tables_of(generation).units, cgroup);
}
__u32* table_origin(__u32 generation, const pw_origin_key* key) {
  return find(tables_of(generation).origins, bytes_of(*key));
}
pw_permit* table_permit(__u32 generation, const pw_permit_key* key) {
  return find(tables_of(generation).permits, bytes_of(*key));
}
int window_is_open(__u32 generation, __u32 number) {
  const auto* window = at(tables_of(generation).open_seconds, number);
  return window ? pw_is_open(*window, tables_of(generation).boot_ns) : 0;
}
void count_permitted(__u32 slot) {
  in_force->counted->push_back(slot);
}

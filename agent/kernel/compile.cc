#include "agent/kernel/compile.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "agent/kernel/address.h"
#include "rules/base/glob.h"

namespace purposewatch {
namespace {

static_assert(kAccessKindCount == PW_KINDS && static_cast<int>(AccessKind::kDevice) == PW_DEVICE &&
                  static_cast<int>(AccessKind::kExec) == PW_EXEC &&
                  static_cast<int>(AccessKind::kConnect) == PW_CONNECT,
              "bpf/abi.h and rules/model/access.h number the access kinds alike");

std::uint32_t unit_index(KernelTables& tables, const std::string& pattern) {
  auto& patterns = tables.unit_patterns;
  const auto found = std::find(patterns.begin(), patterns.end(), pattern);
  if (found != patterns.end()) return static_cast<std::uint32_t>(found - patterns.begin());
  patterns.push_back(pattern);
  return static_cast<std::uint32_t>(patterns.size() - 1);
}

pw_service compile_service(const Service& service, const FindIds& find, KernelTables& tables) {
  pw_service row{};
  const auto need = [&](pw_service_flags flag, std::optional<std::uint32_t> id, __u32& to) {
    row.flags |= id ? flag : flag | PW_SERVICE_UNDECIDABLE;
    to = id.value_or(0);
  };
  if (service.user) need(PW_SERVICE_NEEDS_USER, find.user(*service.user), row.user);
  if (service.group) need(PW_SERVICE_NEEDS_GROUP, find.group(*service.group), row.group);
  if (service.unit) {
    row.flags |= PW_SERVICE_NEEDS_UNIT;
    row.unit = unit_index(tables, *service.unit);
  }
  if (service.owner) row.flags |= PW_SERVICE_NEEDS_OWNER;
  if (!service.script.empty()) row.flags |= PW_SERVICE_NEEDS_SCRIPT;
  if (!service.parents.empty()) row.flags |= PW_SERVICE_NEEDS_PARENT;
  return row;
}

void add_candidate(pw_candidates& row, std::size_t service) {
  if (row.count == PW_SERVICES_PER_TASK)
    row.overflow = 1;
  else
    row.service[row.count++] = static_cast<__u16>(service);
}

// In the policy's order, as judge tries them: services without an `exe:` are candidates of every program.
void compile_candidates(const RuleSet& rules, ProgramNumbers& programs, KernelTables& tables) {
  std::map<std::uint32_t, std::vector<std::size_t>> services_of;
  services_of[0];
  for (const Service& service : rules.services)
    for (const std::string& exe : service.exe) services_of[programs.number(exe)];
  for (std::size_t i = 0; i < rules.services.size(); ++i) {
    if (rules.services[i].exe.empty())
      for (auto& [program, services] : services_of) services.push_back(i);
    for (const std::string& exe : rules.services[i].exe) services_of[programs.number(exe)].push_back(i);
  }
  for (const auto& [program, services] : services_of) {
    pw_candidates row{};
    for (std::size_t service : services) add_candidate(row, service);
    tables.candidates[program] = row;
  }
}

// As judge's was_started_by: a parent that has a script is known by it.
void compile_origins(const RuleSet& rules, ProgramNumbers& programs, KernelTables& tables) {
  std::set<std::tuple<std::size_t, pw_role, std::uint32_t>> origins;
  for (std::size_t i = 0; i < rules.services.size(); ++i) {
    for (const std::string& script : rules.services[i].script)
      origins.emplace(i, PW_AS_SCRIPT, programs.script_number(script));
    for (const std::size_t above : rules.services[i].parents) {
      const Service& parent = rules.services[above];
      for (const std::string& script : parent.script)
        origins.emplace(i, PW_AS_PARENT, programs.script_number(script));
      if (parent.script.empty())
        for (const std::string& exe : parent.exe) origins.emplace(i, PW_AS_PARENT, programs.number(exe));
    }
  }
  for (const auto& [service, role, program] : origins)
    tables.origins.push_back({static_cast<__u16>(service), static_cast<__u16>(role), program});
}

void compile_ports(const RuleSet& rules, KernelTables& tables) {
  for (std::uint32_t store = 0; store < rules.stores.size(); ++store)
    for (const PortPattern& port : rules.stores[store].ports) {
      const auto address = port.address ? address_from(*port.address) : pw_address{};
      if (!address) continue;
      tables.ports.push_back({{.address = *address, .port = port.port, .is_shared = 0}, store});
      if (port.address) tables.ports.push_back({{.address = {}, .port = port.port, .is_shared = 1}, store});
    }
}

bool is_same(const std::vector<Window>& one, const std::vector<Window>& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](const Window& a, const Window& b) { return a.text == b.text; });
}

// Nothing when the kernel has no room for so many.
std::optional<std::uint32_t> window_number(const std::vector<Window>& windows, KernelTables& tables) {
  auto& all = tables.windows;
  const auto known =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return is_same(one, windows); });
  const auto number = static_cast<std::uint32_t>(known - all.begin());
  if (number == PW_WINDOWS_MAX) return std::nullopt;
  if (known == all.end()) all.push_back(windows);
  return number;
}

// A row has room for one list of windows, whatever kinds are bound to it.
bool set_window(pw_permit& row, const Permit& permit, AccessMask kinds, KernelTables& tables) {
  if (permit.windows.empty()) return true;
  const auto window = window_number(permit.windows, tables);
  if (!window || (row.timed != 0 && row.window != *window)) return false;
  row.timed |= kinds & ~row.kinds;
  row.window = *window;
  return true;
}

void add_kinds(pw_permit& row, AccessMask kinds, CounterLabel label, CounterSlots& slots) {
  for (std::uint32_t kind = 0; kind < PW_KINDS; ++kind) {
    if (!(kinds >> kind & 1) || (row.kinds >> kind & 1)) continue;
    label.kind = static_cast<AccessKind>(kind);
    const auto slot = slots.slot(label);
    if (!slot) continue;
    row.kinds |= 1U << kind;
    row.counter[kind] = *slot;
  }
}

constexpr AccessMask kPublicKinds = mask_of(AccessKind::kRead) | mask_of(AccessKind::kList);

void compile_permits(const RuleSet& rules, CounterSlots& slots, KernelTables& tables) {
  std::map<std::pair<std::size_t, std::size_t>, pw_permit> rows;
  for (const Permit& permit : rules.permits) {
    const Store& store = rules.stores[permit.store];
    // What is public is public for everyone, whatever else permits it: judge counts it so, too.
    const auto kinds = static_cast<AccessMask>(permit.access & ~(store.is_public ? kPublicKinds : 0));
    if (permit.limit) continue;  // each access counts: user space does
    pw_permit& row = rows[{permit.service, permit.store}];
    if (!set_window(row, permit, kinds, tables)) continue;
    add_kinds(row, kinds,
              {store.name, rules.services[permit.service].name, permit.name,
               rules.purposes[permit.purpose].name, AccessKind::kRead},
              slots);
  }
  for (std::size_t store = 0; store < rules.stores.size(); ++store)
    if (rules.stores[store].is_public)
      add_kinds(rows[{PW_ANYONE, store}], kPublicKinds,
                {rules.stores[store].name, "", "public", "", AccessKind::kRead}, slots);
  for (const auto& [key, row] : rows)
    tables.permits.push_back({{static_cast<__u16>(key.first), static_cast<__u16>(key.second)}, row});
}

}  // namespace

std::shared_ptr<CompiledPolicy> compile(std::shared_ptr<const RuleSet> rules, const FindIds& find,
                                        ProgramNumbers& programs, CounterSlots& slots) {
  auto policy = std::make_shared<CompiledPolicy>();
  KernelTables& tables = policy->tables;
  tables.automaton = build_automaton(*rules);
  tables.anchors = AnchorTree::of(*rules, tables.automaton);
  for (const Service& service : rules->services)
    tables.services.push_back(compile_service(service, find, tables));
  compile_candidates(*rules, programs, tables);
  compile_ports(*rules, tables);
  compile_origins(*rules, programs, tables);
  compile_permits(*rules, slots, tables);
  policy->rules = std::move(rules);
  return policy;
}

std::optional<pw_units> units_of(const KernelTables& tables, const std::string& unit) {
  pw_units row{};
  if (unit.empty()) return row;
  for (std::size_t i = 0; i < tables.unit_patterns.size(); ++i) {
    if (!glob_matches(tables.unit_patterns[i], unit)) continue;
    if (row.count == PW_UNITS_PER_CGROUP) return std::nullopt;
    row.unit[row.count++] = static_cast<__u16>(i);
  }
  return row;
}

}  // namespace purposewatch

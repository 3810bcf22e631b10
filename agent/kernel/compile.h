// compile: RuleSet -> kernel tables, as plain values. The kernel that reads them may say "permitted" only
// where judge would; whatever does not fit a table is left out, and so goes to user space.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/kernel/anchor_tree.h"
#include "agent/kernel/automaton.h"
#include "agent/kernel/slots.h"
#include "bpf/abi.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct KernelTables {
  Automaton automaton;
  AnchorTree anchors;
  std::map<std::uint32_t, pw_candidates> candidates;         // by program number; 0: any other
  std::vector<pw_service> services;                          // by index of RuleSet::services
  std::vector<std::string> unit_patterns;                    // by index
  std::vector<std::pair<pw_port_key, std::uint32_t>> ports;  // with the index of the store
  std::vector<pw_origin_key> origins;                        // scripts and parents of services
  std::vector<std::pair<pw_permit_key, pw_permit>> permits;
  std::vector<std::vector<Window>> windows;  // of permits, by pw_permit's number
};

// The policy and its tables belong together: a record is decoded by the pair that was in force when it was
// made.
struct CompiledPolicy {
  std::shared_ptr<const RuleSet> rules;
  KernelTables tables;
};

// Name or decimal id -> id, as this host knows it. Nothing for a user or group that does not exist (yet):
// then no process can be that.
struct FindIds {
  std::function<std::optional<std::uint32_t>(const std::string&)> user, group;
};

std::shared_ptr<CompiledPolicy> compile(std::shared_ptr<const RuleSet> rules, const FindIds& find,
                                        ProgramNumbers& programs, CounterSlots& slots);

// Which unit patterns the unit of a cgroup matches. Null when there are more than the kernel's table holds.
std::optional<pw_units> units_of(const KernelTables& tables, const std::string& unit);

}  // namespace purposewatch

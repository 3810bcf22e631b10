// The policy's path patterns, and those of its sockets, as one deterministic automaton over path components:
// what bpf/automaton.h steps through. Built by subset construction, so that any number of patterns costs the
// same per step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bpf/abi.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct EdgeKey {
  std::uint32_t state = 0;
  std::string name;
  bool operator==(const EdgeKey&) const = default;
};
struct EdgeKeyHash {
  std::size_t operator()(const EdgeKey& key) const {
    return std::hash<std::string>{}(key.name) * 31 + key.state;
  }
};

struct Automaton {
  static constexpr std::uint32_t kDead = 0;
  static constexpr std::uint32_t kRoot = 1;
  std::uint32_t socket_root = kDead;  // of the patterns of sockets; kDead: there are none

  std::vector<pw_state> states;  // [0] is dead
  std::unordered_map<EdgeKey, std::uint32_t, EdgeKeyHash> edges;
  std::vector<pw_glob> globs;
  std::vector<std::uint32_t> glob_targets;

  // The state after one more component. The same as bpf/automaton.h's next_state, over these vectors.
  std::uint32_t next(std::uint32_t state, std::string_view component) const;
  // The state after a whole absolute path, from one of the roots.
  std::uint32_t after(std::string_view path, std::uint32_t root = kRoot) const;
  // The root from which names of this kind are looked for.
  std::uint32_t root_of(pw_way_of of) const { return of == PW_OF_SOCKETS ? socket_root : kRoot; }
  // What an edge to the state says of it.
  pw_target target(std::uint32_t state) const;
};

Automaton build_automaton(const RuleSet& rules);

// As the kernel hashes names that are longer than an edge's key (pw_hash_word); of at most 255 bytes.
std::uint64_t hash_component(std::string_view name);

// A name's bit in a set of names, as pw_state has one.
std::uint64_t name_bit(std::string_view name);

// An edge as the kernel looks it up.
pw_edge_key edge_key(const EdgeKey& edge);

// The parts of "prefix*suffix"; nothing when the kernel cannot compare this glob itself.
std::optional<pw_glob> kernel_glob(std::string_view pattern);

}  // namespace purposewatch

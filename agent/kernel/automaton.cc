#include "agent/kernel/automaton.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "rules/base/glob.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

// A place in a pattern. Patterns of stores and of their exceptions run side by side; one that has reached its
// end stays there, since a pattern covers everything beneath it.
struct Item {
  std::uint32_t pattern = 0;  // index into Builder::patterns_
  std::uint32_t position = 0;
  auto operator<=>(const Item&) const = default;
};
using Items = std::vector<Item>;  // sorted, unique: the identity of a state

struct NumberedPattern {
  const PathPattern* pattern;
  std::uint32_t store;
  bool is_exception;
};

class Builder {
 public:
  explicit Builder(const RuleSet& rules) {
    automaton_.states.emplace_back();  // dead
    if (number_of(start_of(rules, &Store::paths)) == Automaton::kDead) {
      automaton_.states.emplace_back();  // a root all the same, from which nothing is reached
      items_.emplace_back();
    }
    automaton_.socket_root = number_of(start_of(rules, &Store::sockets));
  }

  Automaton build() {
    // number_of() appends the states it has not seen: the work list is the state vector itself.
    for (std::uint32_t state = Automaton::kRoot; state < automaton_.states.size(); ++state) expand(state);
    return std::move(automaton_);
  }

 private:
  // The beginnings of the stores' patterns of one kind, with what these stores except.
  Items start_of(const RuleSet& rules, std::vector<PathPattern> Store::*kind) {
    Items start;
    for (std::uint32_t store = 0; store < rules.stores.size(); ++store) {
      const Store& from = rules.stores[store];
      if ((from.*kind).empty()) continue;
      const auto add = [&](const PathPattern& pattern, bool is_exception) {
        start.push_back({static_cast<std::uint32_t>(patterns_.size()), 0});
        patterns_.push_back({&pattern, store, is_exception});
      };
      for (const PathPattern& pattern : from.*kind) add(pattern, false);
      for (const PathPattern& pattern : from.except) add(pattern, true);
    }
    return start;
  }

  bool at_end(const Item& item) const {
    return item.position == patterns_[item.pattern].pattern->components.size();
  }
  const PathComponent& component_of(const Item& item) const {
    return patterns_[item.pattern].pattern->components[item.position];
  }

  std::uint32_t number_of(Items items) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    simplify(items);
    if (items.empty()) return Automaton::kDead;
    auto [found, is_new] = numbers_.try_emplace(items, static_cast<std::uint32_t>(automaton_.states.size()));
    if (is_new) {
      automaton_.states.push_back(describe(items));
      items_.resize(automaton_.states.size());
      items_.back() = std::move(items);
    }
    return found->second;
  }

  // Once an exception is reached, its store's patterns can no longer matter below: only what other stores
  // still hope for stays.
  void simplify(Items& items) const {
    std::set<std::uint32_t> excepted;
    for (const Item& item : items)
      if (patterns_[item.pattern].is_exception && at_end(item))
        excepted.insert(patterns_[item.pattern].store);
    if (excepted.empty()) return;
    std::erase_if(items, [&](const Item& item) { return excepted.contains(patterns_[item.pattern].store); });
  }

  pw_state describe(const Items& items) const {
    pw_state state{};
    const Item* accepted = nullptr;
    bool all_ended = true;
    for (const Item& item : items) {
      if (!at_end(item)) {
        // A path pattern of a store that is reached already adds nothing, but an exception, or another store,
        // may.
        all_ended = false;
        continue;
      }
      if (accepted == nullptr || item.pattern < accepted->pattern) accepted = &item;
    }
    if (accepted != nullptr) {
      const NumberedPattern& pattern = patterns_[accepted->pattern];
      state.store = static_cast<__u16>(pattern.store + 1);
      const auto& components = pattern.pattern->components;
      for (std::uint32_t i = 0; i < components.size(); ++i)
        if (components[i].kind == PathComponent::Kind::kCapture && components[i].text == "client")
          state.client_depth = i + 1;
      if (all_ended) state.flags |= PW_STATE_FINAL;
    }
    return state;
  }

  static Item advanced(const Item& item) { return {item.pattern, item.position + 1}; }

  void expand(std::uint32_t state) {
    const Items items = items_[state];
    Items any;  // goes on whatever the component is
    std::map<std::string, Items> literals;
    std::map<std::string, Items> globs;
    for (const Item& item : items) {
      if (at_end(item)) {
        any.push_back(item);
        continue;
      }
      const PathComponent& component = component_of(item);
      switch (component.kind) {
        case PathComponent::Kind::kLiteral:
          literals[component.text].push_back(advanced(item));
          break;
        case PathComponent::Kind::kGlob:
          globs[component.text].push_back(advanced(item));
          break;
        case PathComponent::Kind::kAny:
        case PathComponent::Kind::kCapture:
          any.push_back(advanced(item));
          break;
      }
    }
    add_globs(state, any, globs);
    add_literals(state, any, literals, globs);
    const std::uint32_t otherwise = number_of(any);
    automaton_.states[state].otherwise = otherwise;
  }

  void add_literals(std::uint32_t state, const Items& any, const std::map<std::string, Items>& literals,
                    const std::map<std::string, Items>& globs) {
    for (const auto& [name, next] : literals) {
      Items target = any;
      target.insert(target.end(), next.begin(), next.end());
      for (const auto& [glob, after_glob] : globs)
        if (glob_matches(glob, name)) target.insert(target.end(), after_glob.begin(), after_glob.end());
      automaton_.edges[{state, name}] = number_of(std::move(target));
      automaton_.states[state].flags |= PW_STATE_HAS_LITERALS;
      automaton_.states[state].names |= name_bit(name);
    }
  }

  // Every subset of the globs that may match a name at once gets its target state, so that the kernel only
  // sets bits. What it cannot compare, or too many of them, make the state "unsure".
  void add_globs(std::uint32_t state, const Items& any, const std::map<std::string, Items>& globs) {
    if (globs.empty()) return;
    std::vector<pw_glob> comparable;
    for (const auto& [text, next] : globs)
      if (auto glob = kernel_glob(text)) comparable.push_back(*glob);
    if (comparable.size() != globs.size() || comparable.size() > PW_GLOBS_PER_STATE_MAX) {
      automaton_.states[state].flags |= PW_STATE_UNSURE | PW_STATE_FINAL;
      return;
    }
    automaton_.states[state].flags |= PW_STATE_HAS_GLOBS;
    automaton_.states[state].first_glob = static_cast<__u32>(automaton_.globs.size());
    automaton_.states[state].globs = static_cast<__u32>(comparable.size());
    automaton_.globs.insert(automaton_.globs.end(), comparable.begin(), comparable.end());
    std::vector<std::uint32_t> targets;
    for (std::uint32_t matching = 0; matching < (1U << comparable.size()); ++matching) {
      Items target = any;
      std::uint32_t bit = 0;
      for (const auto& [text, next] : globs)
        if (matching >> bit++ & 1) target.insert(target.end(), next.begin(), next.end());
      targets.push_back(number_of(std::move(target)));
    }
    automaton_.states[state].first_target = static_cast<__u32>(automaton_.glob_targets.size());
    automaton_.glob_targets.insert(automaton_.glob_targets.end(), targets.begin(), targets.end());
  }

  std::vector<NumberedPattern> patterns_;
  std::vector<Items> items_ = std::vector<Items>(1);
  std::map<Items, std::uint32_t> numbers_;
  Automaton automaton_;
};

// Little-endian, zero-filled.
std::uint64_t first_word(std::string_view name) {
  std::uint64_t word = 0;
  std::memcpy(&word, name.data(), std::min(name.size(), sizeof(word)));
  return word;
}

}  // namespace

Automaton build_automaton(const RuleSet& rules) {
  return Builder(rules).build();
}

std::uint64_t name_bit(std::string_view name) {
  return pw_name_bit(first_word(name), static_cast<__u32>(name.size()));
}

std::uint64_t hash_component(std::string_view name) {
  std::uint64_t hash = PW_HASH_START;
  for (; !name.empty(); name.remove_prefix(std::min(name.size(), sizeof(std::uint64_t))))
    hash = pw_hash_word(hash, first_word(name));
  return hash;
}

pw_edge_key edge_key(const EdgeKey& edge) {
  pw_edge_key key{};
  key.state = edge.state;
  key.length = static_cast<__u32>(edge.name.size());
  std::memcpy(key.name, edge.name.data(), std::min<std::size_t>(edge.name.size(), PW_COMPONENT_INLINE));
  if (edge.name.size() > PW_COMPONENT_INLINE) key.hash = hash_component(edge.name);
  return key;
}

std::optional<pw_glob> kernel_glob(std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos || pattern.find('*', star + 1) != std::string_view::npos)
    return std::nullopt;
  const std::string_view prefix = pattern.substr(0, star);
  const std::string_view suffix = pattern.substr(star + 1);
  if (prefix.size() > PW_GLOB_PART_MAX || suffix.size() > PW_GLOB_PART_MAX) return std::nullopt;
  pw_glob glob{};
  glob.prefix_length = static_cast<__u32>(prefix.size());
  glob.suffix_length = static_cast<__u32>(suffix.size());
  std::memcpy(glob.prefix, prefix.data(), prefix.size());
  std::memcpy(glob.suffix, suffix.data(), suffix.size());
  std::memset(glob.prefix_mask, 0xff, prefix.size());
  std::memset(glob.suffix_mask, 0xff, suffix.size());
  return glob;
}

std::uint32_t Automaton::next(std::uint32_t state, std::string_view component) const {
  const pw_state& here = states[state];
  if (here.flags & PW_STATE_FINAL) return state;
  if (auto edge = edges.find({state, std::string(component)}); edge != edges.end()) return edge->second;
  if (!(here.flags & PW_STATE_HAS_GLOBS)) return here.otherwise;
  std::uint32_t matching = 0;
  for (std::uint32_t i = 0; i < here.globs; ++i) {
    const pw_glob& glob = globs[here.first_glob + i];
    const std::string_view prefix(glob.prefix, glob.prefix_length);
    const std::string_view suffix(glob.suffix, glob.suffix_length);
    if (component.size() >= prefix.size() + suffix.size() && component.starts_with(prefix) &&
        component.ends_with(suffix))
      matching |= 1U << i;
  }
  return glob_targets[here.first_target + matching];
}

pw_target Automaton::target(std::uint32_t state) const {
  const pw_state& row = states[state];
  return {.state = state, .client_depth = row.client_depth, .store = row.store, .flags = row.flags};
}

std::uint32_t Automaton::after(std::string_view path, std::uint32_t root) const {
  std::uint32_t state = root;
  for (PathHead head{{}, path}; head.rest.size() > 1;) {
    head = split_head(head.rest);
    state = next(state, head.name);
  }
  return state;
}

}  // namespace purposewatch

#include "agent/flow/own_stores.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "rules/language/overlap.h"
#include "rules/path_index.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

constexpr std::string_view kDecoy = "purposewatch:decoy";

struct OwnStore {
  std::string_view name;
  Tampering what;
};
constexpr std::array<OwnStore, 5> kGuarded = {{
    {"purposewatch:state", Tampering::kState},
    {"purposewatch:pins", Tampering::kPins},
    {"purposewatch:program", Tampering::kProgram},
    {"purposewatch:policy", Tampering::kPolicy},
    {"purposewatch:unit", Tampering::kUnit},
}};

// Only this path, whatever characters are in it; as the host's root has it, whatever links lead there.
PathPattern pattern_of(const std::string& path) {
  std::error_code none;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, none);
  PathPattern pattern;
  pattern.text = none ? path : real.string();
  for (std::string_view rest = pattern.text; rest.size() > 1;) {
    const PathHead head = split_head(rest);
    pattern.components.push_back({PathComponent::Kind::kLiteral, std::string(head.name)});
    rest = head.rest;
  }
  return pattern;
}

class Adding {
 public:
  explicit Adding(RuleSet& rules) : rules_(rules), of_policy_(rules.stores.size()) {}

  void add(std::string_view name, const std::vector<std::string>& paths, const std::string& except,
           bool is_public) {
    Store store;
    store.name = name;
    store.is_public = is_public;
    store.is_agents = true;
    for (const std::string& path : paths)
      if (path.starts_with('/') && path != "/") add_path(store, pattern_of(path));
    if (!except.empty()) store.except.push_back(pattern_of(except));
    if (!is_public) store.sockets = store.paths;
    if (!store.paths.empty()) rules_.stores.push_back(std::move(store));
  }

 private:
  void add_path(Store& store, PathPattern pattern) const {
    const auto meets = [&](const PathPattern& other) { return patterns_meet(pattern, other); };
    for (std::size_t i = 0; i < of_policy_; ++i) {
      const Store& other = rules_.stores[i];
      if (std::any_of(other.paths.begin(), other.paths.end(), meets) ||
          std::any_of(other.sockets.begin(), other.sockets.end(), meets))
        return spdlog::warn("{} is in the store {}: who changes it is told as the policy says", pattern.text,
                            other.name);
    }
    store.paths.push_back(std::move(pattern));
  }

  RuleSet& rules_;
  std::size_t of_policy_;
};

}  // namespace

std::shared_ptr<const RuleSet> with_own_stores(const std::shared_ptr<const RuleSet>& rules,
                                               const OwnPlaces& places) {
  auto all = std::make_shared<RuleSet>(*rules);
  Adding adding(*all);
  const std::vector<std::string> paths[] = {
      {places.state}, {places.pins}, {places.executable}, places.policy, places.units};
  for (std::size_t i = 0; i < kGuarded.size(); ++i)
    adding.add(kGuarded[i].name, paths[i], kGuarded[i].what == Tampering::kState ? places.decoy : "", true);
  adding.add(kDecoy, {places.decoy}, "", false);
  if (all->stores.size() == rules->stores.size()) return rules;
  if (all->index) all->index = std::make_shared<const PathIndex>(all->stores);
  if (all->socket_index) all->socket_index = std::make_shared<const PathIndex>(all->stores, &Store::sockets);
  return all;
}

bool is_own_store(std::string_view store) {
  return store.starts_with("purposewatch:");
}

bool is_decoy(std::string_view store) {
  return store == kDecoy;
}

std::optional<Tampering> tampering_with(std::string_view store) {
  const auto known =
      std::find_if(kGuarded.begin(), kGuarded.end(), [&](const OwnStore& one) { return one.name == store; });
  return known == kGuarded.end() ? std::nullopt : std::optional(known->what);
}

}  // namespace purposewatch

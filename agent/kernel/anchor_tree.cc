#include "agent/kernel/anchor_tree.h"

#include <map>
#include <string_view>
#include <utility>

namespace purposewatch {

AnchorTree AnchorTree::of(const RuleSet& rules, const Automaton& automaton) {
  AnchorTree tree;
  std::vector<Directory>& directories = tree.directories_;
  std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> below;
  for (const Store& store : rules.stores)
    for (const PathPattern& pattern : store.paths) {
      if (directories.empty()) directories.push_back({kRoot, Automaton::kRoot, 0, false, {}});
      std::uint32_t at = kRoot;
      for (const PathComponent& component : pattern.components) {
        if (component.kind != PathComponent::Kind::kLiteral) break;
        const auto next = static_cast<std::uint32_t>(directories.size());
        const auto [known, is_new] = below.try_emplace({at, component.text}, next);
        if (is_new) {
          const std::uint32_t state = automaton.next(directories[at].state, component.text);
          directories.push_back({at, state, directories[at].depth + 1, false, component.text});
        }
        at = known->second;
      }
      directories[at].ends_a_prefix = true;
    }
  directories.shrink_to_fit();
  return tree;
}

std::string AnchorTree::path_of(std::uint32_t directory) const {
  if (directory >= directories_.size() || directory == kRoot) return "/";
  std::vector<const std::string*> names;
  std::size_t bytes = 0;
  for (std::uint32_t at = directory; at != kRoot; at = directories_[at].above) {
    names.push_back(&directories_[at].name);
    bytes += 1 + names.back()->size();
  }
  std::string path;
  path.reserve(bytes);
  for (auto name = names.rbegin(); name != names.rend(); ++name) path.append("/").append(**name);
  return path;
}

}  // namespace purposewatch

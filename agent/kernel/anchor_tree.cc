#include "agent/kernel/anchor_tree.h"

#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace purposewatch {
namespace {

// From a directory's own state, moved on over what leads on whatever the next component is.
pw_way way_from(const Automaton& automaton, std::uint32_t state) {
  std::uint16_t skip = 0;
  const auto is_mere_wildcard = [](const pw_state& row) {
    return row.otherwise != Automaton::kDead && row.store == 0 && row.flags == 0;
  };
  for (; is_mere_wildcard(automaton.states[state]); ++skip) state = automaton.states[state].otherwise;
  const pw_state& row = automaton.states[state];
  const bool needs_a_literal =
      row.otherwise == Automaton::kDead && row.store == 0 && (row.flags & ~PW_STATE_HAS_LITERALS) == 0;
  return {.names = needs_a_literal ? row.names : PW_ANY_NAME, .state = state, .skip = skip, .reserved = 0};
}

}  // namespace

AnchorTree AnchorTree::of(const RuleSet& rules, const Automaton& automaton) {
  using States = std::array<std::uint32_t, PW_WAYS>;
  AnchorTree tree;
  std::vector<Directory>& directories = tree.directories_;
  std::vector<States> states;  // behind each directory's path
  std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> below;
  const auto add = [&](std::uint32_t above, const States& behind, std::uint16_t depth,
                       const std::string& name) {
    Directory& directory = directories.emplace_back();
    for (std::size_t of = 0; of < PW_WAYS; ++of) directory.way[of] = way_from(automaton, behind[of]);
    directory.above = above;
    directory.depth = depth;
    directory.name = name;
    states.push_back(behind);
  };
  const auto add_prefix = [&](const PathPattern& pattern) {
    if (directories.empty())
      add(kRoot, {automaton.root_of(PW_OF_FILES), automaton.root_of(PW_OF_SOCKETS)}, 0, {});
    std::uint32_t at = kRoot;
    for (const PathComponent& component : pattern.components) {
      if (component.kind != PathComponent::Kind::kLiteral) break;
      const auto next = static_cast<std::uint32_t>(directories.size());
      const auto [known, is_new] = below.try_emplace({at, component.text}, next);
      if (is_new) {
        const auto [file, socket] = states[at];
        add(at, {automaton.next(file, component.text), automaton.next(socket, component.text)},
            static_cast<std::uint16_t>(directories[at].depth + 1), component.text);
      }
      at = known->second;
    }
    directories[at].ends_a_prefix = true;
  };
  for (const Store& store : rules.stores) {
    for (const PathPattern& pattern : store.paths) add_prefix(pattern);
    for (const PathPattern& pattern : store.sockets) add_prefix(pattern);
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

#include "agent/safeguards/host/shown_path.h"

#include "rules/path_match.h"

namespace purposewatch {
namespace {

// The path by the pattern's words where those are wild; empty: it is not of this pattern, or has nothing
// wild.
std::string by_pattern(const PathPattern& pattern, std::string_view path) {
  std::string shown;
  bool is_hidden = false;
  for (const PathComponent& component : pattern.components) {
    if (path.empty()) break;
    const PathHead head = split_head(path);
    // What does not go on as the pattern does is shown as far as it did.
    if (!component_matches(component, head.name)) return is_hidden ? shown + std::string(path) : "";
    const bool is_capture = component.kind == PathComponent::Kind::kCapture;
    is_hidden |= is_wild(component);
    shown += "/";
    shown += is_capture ? "{" + component.text + "}" : is_wild(component) ? "*" : std::string(head.name);
    path = head.rest;
  }
  return is_hidden ? shown + std::string(path) : "";
}

}  // namespace

std::string shown_path(const RuleSet& rules, std::string_view path) {
  if (path.size() < 2 || path.front() != '/') return std::string(path);
  for (const Store& store : rules.stores)
    for (const auto* patterns : {&store.paths, &store.sockets})
      for (const PathPattern& pattern : *patterns)
        if (std::string shown = by_pattern(pattern, path); !shown.empty()) return shown;
  return std::string(path);
}

}  // namespace purposewatch

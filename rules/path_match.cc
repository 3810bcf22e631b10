#include "rules/path_match.h"

#include "rules/base/glob.h"

namespace purposewatch {

bool component_matches(const PathComponent& component, std::string_view name) {
  if (name.empty()) return false;
  switch (component.kind) {
    case PathComponent::Kind::kLiteral:
      return component.text == name;
    case PathComponent::Kind::kAny:
    case PathComponent::Kind::kCapture:
      return true;
    case PathComponent::Kind::kGlob:
      return glob_matches(component.text, name);
  }
  return false;
}

bool is_wild(const PathComponent& component) {
  return component.kind == PathComponent::Kind::kAny || component.kind == PathComponent::Kind::kCapture;
}

// A literal is a glob without a star.
bool components_meet(const PathComponent& a, const PathComponent& b) {
  if (is_wild(a) || is_wild(b)) return true;
  if (a.kind == PathComponent::Kind::kLiteral && b.kind == PathComponent::Kind::kLiteral)
    return a.text == b.text;
  return globs_meet(a.text, b.text);
}

std::uint64_t steps_to_compare(const PathComponent& a, const PathComponent& b) {
  constexpr std::uint64_t kOfGlobs = 8, kPairsOfBytesInAStep = 8;
  const auto is_glob = [](const PathComponent& one) { return one.kind == PathComponent::Kind::kGlob; };
  if (!is_glob(a) && !is_glob(b)) return 1;
  return kOfGlobs + a.text.size() * b.text.size() / kPairsOfBytesInAStep;
}

bool pattern_covers(const PathPattern& pattern, std::string_view path) {
  for (const PathComponent& component : pattern.components) {
    if (path.empty() || path.front() != '/') return false;
    const PathHead head = split_head(path);
    if (!component_matches(component, head.name)) return false;
    path = head.rest;
  }
  return !pattern.components.empty();
}

bool pattern_leads_below(const PathPattern& pattern, std::string_view path) {
  if (path == "/") return !pattern.components.empty();
  for (const PathComponent& component : pattern.components) {
    if (path.empty()) return true;
    if (path.front() != '/') return false;
    const PathHead head = split_head(path);
    if (!component_matches(component, head.name)) return false;
    path = head.rest;
  }
  return false;
}

}  // namespace purposewatch

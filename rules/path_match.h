// Paths against patterns, component by component.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/language/rule_set.h"

namespace purposewatch {

bool component_matches(const PathComponent& component, std::string_view name);

// Is there a name that both match?
bool components_meet(const PathComponent& a, const PathComponent& b);

// About how long that takes, in some nanoseconds each: two globs are compared byte by byte.
std::uint64_t steps_to_compare(const PathComponent& a, const PathComponent& b);

// "*" or a capture: any name.
bool is_wild(const PathComponent& component);

// Does the pattern name this path or something above it? `path` is absolute and normal (model/access.h);
// anything else matches nothing.
bool pattern_covers(const PathPattern& pattern, std::string_view path);

// Is the path above something that the pattern names?
bool pattern_leads_below(const PathPattern& pattern, std::string_view path);

// Calls take(name, component of the path) for each capture of a pattern that covers the path.
template <class Take>
void for_each_capture(const PathPattern& pattern, std::string_view path, Take take);

// The path's first component and what follows it: "/a/b" gives "a" and "/b".
struct PathHead {
  std::string_view name;
  std::string_view rest;
};
inline PathHead split_head(std::string_view path) {
  path.remove_prefix(1);
  const std::size_t end = path.find('/');
  if (end == std::string_view::npos) return {path, {}};
  return {path.substr(0, end), path.substr(end)};
}

template <class Take>
void for_each_capture(const PathPattern& pattern, std::string_view path, Take take) {
  for (const PathComponent& component : pattern.components) {
    const PathHead head = split_head(path);
    if (component.kind == PathComponent::Kind::kCapture) take(component.text, head.name);
    path = head.rest;
  }
}

}  // namespace purposewatch

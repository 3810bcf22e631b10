#include "rules/language/overlap.h"

#include <algorithm>

#include "rules/base/glob.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

bool component_covers(const PathComponent& outer, const PathComponent& inner) {
  if (is_wild(outer)) return true;
  if (is_wild(inner)) return false;
  return glob_covers(outer.text, inner.text);
}

}  // namespace

bool patterns_meet(const PathPattern& a, const PathPattern& b) {
  const std::size_t common = std::min(a.components.size(), b.components.size());
  for (std::size_t i = 0; i < common; ++i)
    if (!components_meet(a.components[i], b.components[i])) return false;
  return true;
}

std::uint64_t steps_to_compare(const PathPattern& a, const PathPattern& b) {
  std::uint64_t steps = 0;
  for (std::size_t i = 0; i < std::min(a.components.size(), b.components.size()); ++i)
    steps += steps_to_compare(a.components[i], b.components[i]);
  return steps;
}

bool pattern_covers_all_of(const PathPattern& outer, const PathPattern& inner) {
  return pattern_covers_common(outer, inner, inner);
}

bool pattern_covers_common(const PathPattern& outer, const PathPattern& a, const PathPattern& b) {
  for (std::size_t i = 0; i < outer.components.size(); ++i) {
    const bool by_a = i < a.components.size() && component_covers(outer.components[i], a.components[i]);
    const bool by_b = i < b.components.size() && component_covers(outer.components[i], b.components[i]);
    const bool is_wild_beneath = i >= std::max(a.components.size(), b.components.size());
    if (is_wild_beneath || !(by_a || by_b)) return false;
  }
  return true;
}

}  // namespace purposewatch

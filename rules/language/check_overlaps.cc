#include <algorithm>

#include "rules/language/check_rules.h"
#include "rules/language/overlap.h"
#include "rules/path_index.h"

namespace purposewatch {
namespace {

// One pattern of one store.
struct Spot {
  const Store* store;
  const PathPattern* pattern;
};

std::string place(const Spot& spot) {
  return "'" + spot.pattern->text + "' of store '" + spot.store->name + "' (" + to_string(spot.pattern->at) +
         ")";
}

// The common part of two patterns belongs to one store only when the other one excepts all of it.
bool is_excepted(const Spot& a, const Spot& b) {
  const auto removes = [&](const PathPattern& except) {
    return pattern_covers_common(except, *a.pattern, *b.pattern);
  };
  return std::any_of(a.store->except.begin(), a.store->except.end(), removes) ||
         std::any_of(b.store->except.begin(), b.store->except.end(), removes);
}

// Do both patterns capture the same names at the same depths?
bool same_captures(const PathPattern& a, const PathPattern& b) {
  const auto captured_at = [](const PathPattern& pattern, std::size_t i) {
    if (i >= pattern.components.size() || pattern.components[i].kind != PathComponent::Kind::kCapture)
      return std::string();
    return pattern.components[i].text;
  };
  for (std::size_t i = 0; i < std::max(a.components.size(), b.components.size()); ++i)
    if (captured_at(a, i) != captured_at(b, i)) return false;
  return true;
}

// Whether to look on: one word about each pattern is enough.
bool compare(const Spot& first, const Spot& later, Diagnostics& diagnostics) {
  if (is_excepted(first, later)) return true;
  if (first.store != later.store) {
    diagnostics.error(later.pattern->at, "'" + later.pattern->text + "' overlaps " + place(first),
                      "the outer store can except the inner one's paths");
    return false;
  }
  const std::string both = "'" + first.pattern->text + "' (" + to_string(first.pattern->at) + ")";
  if (!same_captures(*first.pattern, *later.pattern)) {
    diagnostics.error(later.pattern->at, "'" + later.pattern->text + "' overlaps " + both +
                                             " and captures differently: whose data would it be?");
    return false;
  }
  if (!pattern_covers_all_of(*first.pattern, *later.pattern)) return true;
  diagnostics.warning(later.pattern->at, "'" + later.pattern->text + "' adds nothing to " + both);
  return false;
}

}  // namespace

void check_overlaps(RuleSet& rules, Diagnostics& diagnostics) {
  const auto index = std::make_shared<const PathIndex>(rules.stores);
  for (std::uint32_t i = 0; i < rules.stores.size(); ++i)
    for (std::uint32_t j = 0; j < rules.stores[i].paths.size(); ++j) {
      const PathIndex::Entry own{i, j};
      const Spot later{&rules.stores[i], &rules.stores[i].paths[j]};
      index->each_meeting(rules.stores, *later.pattern, [&](const PathIndex::Entry& entry) {
        if (entry >= own) return true;  // each pair once, told at the later one
        const Store& store = rules.stores[entry.store];
        return compare({&store, &store.paths[entry.pattern]}, later, diagnostics);
      });
    }
  rules.index = index;
}

}  // namespace purposewatch

// Thousands of patterns, searched at the cost of the few that could fit: sorted by their components, so that
// each component of a path narrows them down.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "rules/language/rule_set.h"

namespace purposewatch {

class PathIndex {
 public:
  using Patterns = std::vector<PathPattern> Store::*;  // &Store::paths, &Store::sockets

  // One pattern of one store, by their indices.
  struct Entry {
    std::uint32_t store = 0, pattern = 0;
    auto operator<=>(const Entry&) const = default;
  };

  explicit PathIndex(const std::vector<Store>& stores, Patterns patterns = &Store::paths);

  // The patterns that cover this path, in the order of stores and patterns. `stores` are those of the
  // constructor, wherever they live by now: an index holds no reference.
  std::vector<Entry> covering(const std::vector<Store>& stores, std::string_view path) const;

  // Shows the patterns that have a path in common with this one, until `visit` returns false or there are no
  // steps left (steps_to_compare): of those it uses up what it takes, and 0 are left when it had to stop.
  void each_meeting(const std::vector<Store>& stores, const PathPattern& pattern, std::uint64_t& steps_left,
                    const std::function<bool(const Entry&)>& visit) const;

 private:
  Patterns patterns_;
  std::vector<Entry> sorted_;
};

}  // namespace purposewatch

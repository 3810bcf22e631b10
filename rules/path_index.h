// Thousands of patterns, searched at the cost of the few that could fit: a tree with one level for each
// component.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace purposewatch {

struct PathComponent;
struct PathPattern;

class PathIndex {
 public:
  // One pattern of one store, by their indices.
  struct Entry {
    std::size_t store = 0, pattern = 0;
    auto operator<=>(const Entry&) const = default;
  };

  PathIndex();
  ~PathIndex();
  PathIndex(PathIndex&&) noexcept;
  PathIndex& operator=(PathIndex&&) noexcept;

  void add(const PathPattern& pattern, Entry entry);

  // The patterns that cover this path, in the order of stores and patterns.
  std::vector<Entry> covering(std::string_view path) const;

  // Shows the patterns that have a path in common with this one, until `visit` returns false.
  void each_meeting(const PathPattern& pattern, const std::function<bool(const Entry&)>& visit) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace purposewatch

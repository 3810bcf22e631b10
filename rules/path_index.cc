#include "rules/path_index.h"

#include <algorithm>
#include <compare>

#include "rules/path_match.h"

namespace purposewatch {
namespace {

using PathEntry = PathIndex::Entry;
using Components = std::vector<PathComponent>;

// Where entries are looked up.
struct Book {
  const std::vector<Store>& stores;
  PathIndex::Patterns patterns;
};

const Components& components_of(const Book& book, const PathEntry& entry) {
  return (book.stores[entry.store].*book.patterns)[entry.pattern].components;
}

// What matches any name comes first, then globs, then literals: all captures are one component here.
std::strong_ordering order(const PathComponent& a, const PathComponent& b) {
  const auto rank = [](const PathComponent& component) {
    return is_wild(component) ? 0 : component.kind == PathComponent::Kind::kGlob ? 1 : 2;
  };
  if (const auto by_rank = rank(a) <=> rank(b); by_rank != 0 || is_wild(a)) return by_rank;
  return a.text <=> b.text;
}

bool sorts_before(const Components& a, const Components& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const auto& x, const auto& y) { return order(x, y) < 0; });
}

// Sorted patterns that agree in their first `depth` components.
struct Range {
  Book book;
  const PathEntry* begin;
  const PathEntry* end;
  std::size_t depth;

  bool is_empty() const { return begin == end; }
  const PathComponent& component(const PathEntry& entry) const { return components_of(book, entry)[depth]; }

  // Takes out the patterns that end here: they sort first.
  Range take_ended() {
    const PathEntry* first = begin;
    while (begin != end && components_of(book, *begin).size() == depth) ++begin;
    return {book, first, begin, depth};
  }

  // Takes out the first component's group. Of thousands of patterns most have a long beginning in common:
  // then the group is all there is, and the last one tells.
  Range take_group() {
    const PathEntry* first = begin;
    const PathComponent& shared = component(*first);
    const auto is_same = [&](const PathEntry& entry) { return order(shared, component(entry)) == 0; };
    begin = is_same(end[-1]) ? end : std::partition_point(begin, end, is_same);
    return {book, first, begin, depth + 1};
  }

  // Drops everything before the literal of this name.
  void skip_to(std::string_view name) {
    begin = std::partition_point(begin, end, [&](const PathEntry& entry) {
      const PathComponent& here = component(entry);
      return here.kind != PathComponent::Kind::kLiteral || here.text < name;
    });
  }
};

bool is_literal(const PathComponent& component) {
  return component.kind == PathComponent::Kind::kLiteral;
}

void collect(Range range, std::string_view path, std::vector<PathEntry>& found) {
  const Range ended = range.take_ended();
  found.insert(found.end(), ended.begin, ended.end);
  if (path.empty() || path.front() != '/') return;
  const PathHead head = split_head(path);
  if (head.name.empty()) return;
  while (!range.is_empty() && !is_literal(range.component(*range.begin))) {
    const PathComponent& wanted = range.component(*range.begin);
    const Range group = range.take_group();
    if (component_matches(wanted, head.name)) collect(group, head.rest, found);
  }
  range.skip_to(head.name);
  if (!range.is_empty() && range.component(*range.begin).text == head.name)
    collect(range.take_group(), head.rest, found);
}

bool take(std::uint64_t steps, std::uint64_t& left) {
  left -= std::min(steps, left);
  return left > 0;
}

// Whether to go on. Beneath the end of the other pattern everything meets it.
bool meet(Range range, const Components& other, std::uint64_t& steps_left,
          const std::function<bool(const PathEntry&)>& visit) {
  const Range ended = range.take_ended();
  if (!std::all_of(ended.begin, ended.end, visit)) return false;
  const PathComponent* wanted = range.depth < other.size() ? &other[range.depth] : nullptr;
  while (!range.is_empty()) {
    if (wanted && is_literal(*wanted) && is_literal(range.component(*range.begin))) {
      range.skip_to(wanted->text);  // the one literal that it can be
      if (range.is_empty() || range.component(*range.begin).text != wanted->text) return true;
      return take(1, steps_left) && meet(range.take_group(), other, steps_left, visit);
    }
    const PathComponent& here = range.component(*range.begin);
    const Range group = range.take_group();
    if (!take(wanted ? steps_to_compare(*wanted, here) : 1, steps_left)) return false;
    if ((!wanted || components_meet(*wanted, here)) && !meet(group, other, steps_left, visit)) return false;
  }
  return true;
}

Range whole(const Book& book, const std::vector<PathEntry>& sorted) {
  return {book, sorted.data(), sorted.data() + sorted.size(), 0};
}

}  // namespace

PathIndex::PathIndex(const std::vector<Store>& stores, Patterns patterns) : patterns_(patterns) {
  const Book book{stores, patterns};
  for (std::uint32_t store = 0; store < stores.size(); ++store)
    for (std::uint32_t pattern = 0; pattern < (stores[store].*patterns).size(); ++pattern)
      sorted_.push_back({store, pattern});
  sorted_.shrink_to_fit();
  std::sort(sorted_.begin(), sorted_.end(), [&](const PathEntry& a, const PathEntry& b) {
    return sorts_before(components_of(book, a), components_of(book, b));
  });
}

std::vector<PathEntry> PathIndex::covering(const std::vector<Store>& stores, std::string_view path) const {
  std::vector<PathEntry> found;
  collect(whole({stores, patterns_}, sorted_), path, found);
  std::sort(found.begin(), found.end());
  return found;
}

void PathIndex::each_meeting(const std::vector<Store>& stores, const PathPattern& pattern,
                             std::uint64_t& steps_left,
                             const std::function<bool(const PathEntry&)>& visit) const {
  meet(whole({stores, patterns_}, sorted_), pattern.components, steps_left, visit);
}

}  // namespace purposewatch

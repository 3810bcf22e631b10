#include "rules/path_index.h"

#include <algorithm>

#include "rules/path_match.h"

namespace purposewatch {

struct PathIndex::Node {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::unique_ptr<Node>, Hash, std::equal_to<>> literals;
  std::vector<std::pair<PathComponent, std::unique_ptr<Node>>> globs;
  std::unique_ptr<Node> any;  // "*" and captures
  std::vector<Entry> ends;    // patterns whose last component led here

  Node& child(const PathComponent& component) {
    std::unique_ptr<Node>& node = slot(component);
    if (!node) node = std::make_unique<Node>();
    return *node;
  }

  std::unique_ptr<Node>& slot(const PathComponent& component) {
    if (component.kind == PathComponent::Kind::kLiteral) return literals[component.text];
    if (component.kind != PathComponent::Kind::kGlob) return any;
    const auto same = [&](const auto& glob) { return glob.first == component; };
    const auto known = std::find_if(globs.begin(), globs.end(), same);
    return known != globs.end() ? known->second : globs.emplace_back(component, nullptr).second;
  }

  void collect(std::string_view path, std::vector<Entry>& found) const {
    found.insert(found.end(), ends.begin(), ends.end());
    if (path.empty() || path.front() != '/') return;
    const PathHead head = split_head(path);
    if (head.name.empty()) return;
    if (const auto literal = literals.find(head.name); literal != literals.end())
      literal->second->collect(head.rest, found);
    for (const auto& [glob, node] : globs)
      if (component_matches(glob, head.name)) node->collect(head.rest, found);
    if (any) any->collect(head.rest, found);
  }

  // Whether to go on. Beneath the end of the other pattern everything meets it.
  template <class Visit>
  bool meet(const std::vector<PathComponent>& other, std::size_t depth, const Visit& visit) const {
    for (const Entry& entry : ends)
      if (!visit(entry)) return false;
    const PathComponent* wanted = depth < other.size() ? &other[depth] : nullptr;
    if (wanted && wanted->kind == PathComponent::Kind::kLiteral) {
      const auto literal = literals.find(wanted->text);
      if (literal != literals.end() && !literal->second->meet(other, depth + 1, visit)) return false;
    } else {
      for (const auto& [text, node] : literals) {
        if (wanted && !components_meet(*wanted, {PathComponent::Kind::kLiteral, text})) continue;
        if (!node->meet(other, depth + 1, visit)) return false;
      }
    }
    for (const auto& [glob, node] : globs)
      if ((!wanted || components_meet(*wanted, glob)) && !node->meet(other, depth + 1, visit)) return false;
    return !any || any->meet(other, depth + 1, visit);
  }
};

PathIndex::PathIndex() : root_(std::make_unique<Node>()) {}
PathIndex::~PathIndex() = default;
PathIndex::PathIndex(PathIndex&&) noexcept = default;
PathIndex& PathIndex::operator=(PathIndex&&) noexcept = default;

void PathIndex::add(const PathPattern& pattern, Entry entry) {
  Node* node = root_.get();
  for (const PathComponent& component : pattern.components) node = &node->child(component);
  node->ends.push_back(entry);
}

std::vector<PathIndex::Entry> PathIndex::covering(std::string_view path) const {
  std::vector<Entry> found;
  root_->collect(path, found);
  std::sort(found.begin(), found.end());
  return found;
}

void PathIndex::each_meeting(const PathPattern& pattern,
                             const std::function<bool(const Entry&)>& visit) const {
  root_->meet(pattern.components, 0, visit);
}

}  // namespace purposewatch

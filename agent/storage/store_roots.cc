#include "agent/storage/store_roots.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/storage/mount_info.h"
#include "rules/base/paths.h"

namespace purposewatch {
namespace {

// So that a directory stands right before all that is below it.
bool comes_before(std::string_view a, std::string_view b) {
  const auto key = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return key(x) < key(y); });
}

}  // namespace

std::string root_of(const PathPattern& pattern) {
  std::string root;
  for (const PathComponent& component : pattern.components) {
    if (component.kind != PathComponent::Kind::kLiteral) break;
    root += "/" + component.text;
  }
  return root.empty() ? "/" : root;
}

std::vector<std::string> store_roots(const RuleSet& rules) {
  std::vector<std::string> all, roots;
  for (const Store& store : rules.stores)
    for (const PathPattern& pattern : store.paths) all.push_back(root_of(pattern));
  std::sort(all.begin(), all.end(), comes_before);
  for (std::string& root : all)
    if (roots.empty() || !is_at_or_below(root, roots.back())) roots.push_back(std::move(root));
  return roots;
}

std::vector<std::string> mounts_at(const std::vector<std::string>& roots, std::string_view mount_info) {
  std::vector<std::string> found;
  for (const MountInfo& mount : read_mount_info(mount_info)) {
    const auto next = std::lower_bound(roots.begin(), roots.end(), mount.point, comes_before);
    const bool is_over = next != roots.end() && is_at_or_below(*next, mount.point);
    if (is_over || (next != roots.begin() && is_at_or_below(mount.point, *std::prev(next))))
      found.push_back(std::to_string(mount.id) + mount.point);
  }
  return found;
}

}  // namespace purposewatch

#include "agent/flow/earlier_links.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "agent/storage/mount_info.h"
#include "rules/path_index.h"
#include "rules/path_match.h"

namespace purposewatch {

struct LinkSearch {
  LinkScan found;
  std::atomic<bool> is_done = false;  // then `found` is the taker's
};

namespace {

// What comes before the first wildcard: the deepest directory that all files of the pattern are in.
std::string root_of(const PathPattern& pattern) {
  std::string root;
  for (const PathComponent& component : pattern.components) {
    if (component.kind != PathComponent::Kind::kLiteral) break;
    root += "/" + component.text;
  }
  return root.empty() ? "/" : root;
}

bool is_below(std::string_view path, std::string_view root) {
  return root == "/" || (path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/'));
}

// So that a directory stands right before all that is below it.
bool comes_before(std::string_view a, std::string_view b) {
  const auto key = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return key(x) < key(y); });
}

// In order, without those that lie in others.
std::vector<std::string> roots_of(const RuleSet& rules) {
  std::vector<std::string> all, roots;
  for (const Store& store : rules.stores)
    for (const PathPattern& pattern : store.paths) all.push_back(root_of(pattern));
  std::sort(all.begin(), all.end(), comes_before);
  for (std::string& root : all)
    if (roots.empty() || !is_below(root, roots.back())) roots.push_back(std::move(root));
  return roots;
}

std::vector<std::string> patterns_of(const RuleSet& rules) {
  std::vector<std::string> patterns;
  for (const Store& store : rules.stores)
    for (const PathPattern& pattern : store.paths) patterns.push_back(pattern.text);
  return patterns;
}

// In a root, or over one.
std::vector<std::string> mounts_at(const std::vector<std::string>& roots, std::string_view mount_info) {
  std::vector<std::string> found;
  for (const MountInfo& mount : read_mount_info(mount_info)) {
    const auto next = std::lower_bound(roots.begin(), roots.end(), mount.point, comes_before);
    const bool is_over = next != roots.end() && is_below(*next, mount.point);
    if (is_over || (next != roots.begin() && is_below(mount.point, *std::prev(next))))
      found.push_back(std::to_string(mount.id) + mount.point);
  }
  return found;
}

// True when it is another one.
bool replace(std::vector<std::string>& old, std::vector<std::string> replacement) {
  old.swap(replacement);
  return old != replacement;
}

LinkScanTask task_of(std::shared_ptr<const RuleSet> rules, std::vector<std::string> roots) {
  const auto index = std::make_shared<PathIndex>(rules->stores);
  LinkScanTask task;
  task.roots = std::move(roots);
  task.is_in_store = [rules, index](std::string_view path) {
    return !index->covering(rules->stores, path).empty();
  };
  task.may_lead_to_store = [rules, is_in_store = task.is_in_store](std::string_view directory) {
    if (is_in_store(directory)) return true;
    return std::any_of(rules->stores.begin(), rules->stores.end(), [&](const Store& store) {
      return std::any_of(store.paths.begin(), store.paths.end(),
                         [&](const PathPattern& pattern) { return pattern_leads_below(pattern, directory); });
    });
  };
  return task;
}

// Of the calling thread alone: everybody else comes first, at the processor and at the disks.
void give_way() {
  constexpr int kWhoIsThread = 1, kIdleClass = 3 << 13;  // linux/ioprio.h
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
  (void)syscall(SYS_ioprio_set, kWhoIsThread, 0, kIdleClass);
}

}  // namespace

void EarlierLinks::look(std::shared_ptr<const RuleSet> rules, std::string_view mount_info) {
  bool is_new = false;
  if (rules != rules_) {
    rules_ = std::move(rules);
    roots_ = roots_of(*rules_);
    is_new |= replace(patterns_, patterns_of(*rules_));
  }
  is_new |= replace(mounts_, mounts_at(roots_, mount_info));
  if (!is_new) return;
  search_ = std::make_shared<LinkSearch>();
  // Ends the one before, which sees the request at its next file.
  thread_ = std::jthread([search = search_, task = task_of(rules_, roots_)](const std::stop_token& stop) {
    give_way();
    search->found = scan_links(task, stop);
    search->is_done = true;
  });
}

std::optional<LinkScan> EarlierLinks::take() {
  if (!search_ || !search_->is_done) return std::nullopt;
  return std::move(std::exchange(search_, nullptr)->found);
}

}  // namespace purposewatch

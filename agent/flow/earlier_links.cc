#include "agent/flow/earlier_links.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "agent/storage/store_roots.h"
#include "rules/path_index.h"
#include "rules/path_match.h"

namespace purposewatch {

struct LinkSearch {
  LinkScan found;
  std::atomic<bool> is_done = false;  // then `found` is the taker's
};

namespace {

std::vector<std::string> patterns_of(const RuleSet& rules) {
  std::vector<std::string> patterns;
  for (const Store& store : rules.stores)
    for (const PathPattern& pattern : store.paths) patterns.push_back(pattern.text);
  return patterns;
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
    roots_ = store_roots(*rules_);
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

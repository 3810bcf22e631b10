#include "agent/safeguards/host/store_places.h"

#include "agent/storage/store_roots.h"
#include "rules/base/paths.h"

namespace purposewatch {
namespace {

const MountInfo* mount_beneath(const std::vector<MountInfo>& mounts, const std::string& path) {
  const MountInfo* found = nullptr;
  for (const MountInfo& mount : mounts)
    if (is_at_or_below(path, mount.point) && (found == nullptr || mount.point.size() >= found->point.size()))
      found = &mount;
  return found;
}

}  // namespace

std::vector<std::string> roots_of(const Store& store) {
  RuleSet one;
  one.stores.push_back(store);
  return store_roots(one);
}

std::vector<StorePlace> store_places(const Safeguard& promised, const RuleSet& rules) {
  std::vector<StorePlace> places;
  for (const std::size_t index : promised.stores) {
    if (index >= rules.stores.size()) continue;
    for (std::string& root : roots_of(rules.stores[index]))
      places.push_back({rules.stores[index].name, std::move(root)});
  }
  return places;
}

const MountInfo* mount_of(const HostView& host, const std::vector<MountInfo>& mounts,
                          const std::string& path) {
  const auto id = host.calls.mount_id ? host.calls.mount_id(host.path(path)) : std::nullopt;
  for (const MountInfo& mount : mounts)
    if (id && mount.id == *id) return &mount;
  return mount_beneath(mounts, path);
}

}  // namespace purposewatch

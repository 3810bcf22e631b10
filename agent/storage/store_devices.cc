#include "agent/storage/store_devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <compare>
#include <optional>
#include <set>

#include "agent/storage/block_device.h"
#include "agent/storage/devices.h"
#include "agent/storage/mount_info.h"
#include "agent/storage/swaps.h"
#include "rules/base/descriptor.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

using Place = std::pair<dev_t, std::uint64_t>;  // FileSystem, to be compared

std::optional<Place> place_of(const std::string& path) {
  struct statx status {};
  if (statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0)
    return std::nullopt;
  return Place{makedev(status.stx_dev_major, status.stx_dev_minor),
               status.stx_mask & STATX_MNT_ID ? status.stx_mnt_id : 0};
}

// Of the deepest directory before a pattern's first wildcard that exists; the root exists.
std::optional<Place> place_of(const PathPattern& pattern) {
  std::vector<std::size_t> ends = {0};
  std::string path;
  for (const PathComponent& component : pattern.components) {
    if (component.kind != PathComponent::Kind::kLiteral) break;
    path += "/" + component.text;
    ends.push_back(path.size());
  }
  for (; !ends.empty(); ends.pop_back()) {
    const std::string head = path.substr(0, ends.back());
    if (const auto place = place_of(head.empty() ? "/" : head)) return place;
  }
  return std::nullopt;
}

bool is_in_or_leads_to(const Store& store, std::string_view path) {
  return std::any_of(store.paths.begin(), store.paths.end(), [&](const PathPattern& pattern) {
    return pattern_covers(pattern, path) || pattern_leads_below(pattern, path);
  });
}

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

std::vector<std::string> names_of_all(const RuleSet& rules) {
  std::vector<std::string> names;
  for (const Store& store : rules.stores) names.push_back(store.name);
  return names;
}

}  // namespace

StoreDevices find_store_devices(const RuleSet& rules, const std::string& sys_root,
                                std::string_view mount_info, std::string_view swaps) {
  const std::vector<MountInfo> mounts = read_mount_info(mount_info);
  std::map<Place, StorageDevices> known;  // many stores, few file systems
  StoreDevices found;
  for (const Store& store : rules.stores) {
    std::set<Place> places;
    for (const PathPattern& pattern : store.paths)
      if (const auto place = place_of(pattern)) places.insert(*place);
    for (const MountInfo& mount : mounts)
      if (is_in_or_leads_to(store, mount.point)) places.insert({mount.device, mount.id});
    for (const Place& place : places) {
      auto [at, is_new] = known.try_emplace(place);
      if (is_new) at->second = find_storage_devices(sys_root, {place.first, place.second}, mount_info);
      for (const dev_t device : at->second.devices) add_name(found.by_device[device], store.name);
      for (const std::string& file : at->second.backing_files)
        add_name(found.by_backing_file[file], store.name);
    }
  }
  const Descriptor sys(open(sys_root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  for (const SwapArea& area : read_swaps(swaps)) {
    if (area.is_file)
      found.by_backing_file[area.path] = names_of_all(rules);
    else if (const auto device = find_device(sys.get(), area.path))
      found.by_device[*device] = names_of_all(rules);
  }
  return found;
}

}  // namespace purposewatch

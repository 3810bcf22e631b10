#include "agent/safeguards/host/store_mounts.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/store_places.h"
#include "agent/storage/store_roots.h"
#include "rules/base/paths.h"
#include "rules/path_match.h"

namespace purposewatch {
namespace {

// A host with thousands of containers has some mebibytes of mounts.
constexpr std::size_t kMountInfoBytesMax = 32 << 20;

void add(std::vector<const MountInfo*>& found, const MountInfo* mount) {
  if (mount != nullptr && std::find(found.begin(), found.end(), mount) == found.end()) found.push_back(mount);
}

bool covers_any(const std::vector<PathPattern>& patterns, std::string_view path) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const PathPattern& pattern) { return pattern_covers(pattern, path); });
}

// Where a mount in the place that the pattern's fixed part leads to is, by the name that the policy has for
// it; empty: it is not below that.
std::string name_in_policy(const std::string& point, const std::string& place, const std::string& fixed) {
  if (point.size() <= place.size() || !is_at_or_below(point, place)) return "";
  return fixed + point.substr(place.size());
}

}  // namespace

std::optional<std::vector<MountInfo>> mounts_of_host(const HostView& host) {
  const auto text = text_of_file(host.path("/proc/self/mountinfo"), kMountInfoBytesMax);
  if (!text) return std::nullopt;
  auto mounts = read_mount_info(*text);
  if (mounts.empty()) return std::nullopt;
  return mounts;
}

std::string without_links(const HostView& host, const std::string& path) {
  std::error_code error;
  const std::string there = std::filesystem::weakly_canonical(host.path(path), error).string();
  if (error) return path;
  const std::string root = host.root.empty() ? "" : std::filesystem::canonical(host.root, error).string();
  if (error || !is_at_or_below(there, root)) return path;
  return there.size() == root.size() ? "/" : there.substr(root.size());
}

std::vector<const MountInfo*> mounts_of_store(const HostView& host, const Store& store,
                                              const std::vector<MountInfo>& mounts) {
  std::vector<const MountInfo*> found;
  for (const PathPattern& pattern : store.paths) {
    const std::string fixed = root_of(pattern), place = without_links(host, fixed);
    add(found, mount_of(host, mounts, place));
    for (const MountInfo& mount : mounts) {
      const std::string point = name_in_policy(mount.point, place, fixed);
      if (point.empty() || covers_any(store.except, point)) continue;
      if (pattern_covers(pattern, point) || pattern_leads_below(pattern, point))
        add(found, mount_of(host, mounts, mount.point));
    }
  }
  return found;
}

}  // namespace purposewatch

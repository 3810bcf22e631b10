#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/shown_path.h"
#include "agent/safeguards/host/store_mounts.h"

namespace purposewatch {
namespace {

bool is_listed(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    const std::size_t end = std::min(options.find(','), options.size());
    if (options.substr(0, end) == wanted) return true;
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return false;
}

// Of the mount, or of the whole file system. Only where both are writable can be written.
bool has_option(const MountInfo& mount, const std::string& wanted) {
  const bool of_mount = is_listed(mount.options, wanted);
  const bool of_all =
      std::find(mount.super_options.begin(), mount.super_options.end(), wanted) != mount.super_options.end();
  return wanted == "rw" ? of_mount && of_all : of_mount || of_all;
}

std::vector<std::string> missing_options(const MountInfo& mount, const std::vector<std::string>& wanted) {
  std::vector<std::string> missing;
  for (const std::string& option : wanted)
    if (!has_option(mount, option)) missing.push_back(option);
  return missing;
}

}  // namespace

SafeguardResult check_store_mount_options(const Safeguard& promised, const HostView& host) {
  const auto mounts = mounts_of_host(host);
  if (!mounts) return is_unknown("/proc/self/mountinfo cannot be read", "Is /proc mounted?");
  std::map<const MountInfo*, std::string> stores;  // the first on each
  for (const std::size_t index : promised.stores)
    for (const MountInfo* mount : mounts_of_store(host, host.rules->stores[index], *mounts))
      stores.try_emplace(mount, host.rules->stores[index].name);
  if (stores.empty()) return is_unknown("no store has a path", "Name stores with `paths`.");
  std::vector<std::string> wrong, commands;
  for (const auto& [mount, store] : stores) {
    const auto missing = missing_options(*mount, promised.options);
    if (missing.empty()) continue;
    const std::string point = shown_path(*host.rules, mount->point);
    wrong.push_back(fmt::format("{} ({}) is without {}", point, store, fmt::join(missing, ",")));
    // Without the path: whoever may mount there has chosen its name.
    commands.push_back(fmt::format("mount -o remount,{} PATH", fmt::join(missing, ",")));
  }
  if (wrong.empty())
    return is_ok(fmt::format("{} mounts, all with {}", stores.size(), fmt::join(promised.options, ",")));
  return is_violated(some_of(wrong),
                     commands.front() +
                         ", and the same in /etc/fstab, so that it lasts. A store that has no "
                         "mount of its own shares that of the directory above.");
}

}  // namespace purposewatch

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/filesystem_errors.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/shown_path.h"
#include "agent/safeguards/host/store_places.h"
#include "rules/base/paths.h"

// Whoever mounts a file system read-only makes two things so: the mount, and the file system. A file system
// that goes read-only by itself, because of errors, does not change the mount. So "ro" of the file system
// beneath a mount that is "rw" is the kernel's doing; where both are, somebody wanted it (an archive).
namespace purposewatch {
namespace {

bool has_option(const std::vector<std::string>& options, std::string_view option) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

bool is_mount_read_only(const MountInfo& mount) {
  return mount.options == "ro" || mount.options.starts_with("ro,");
}

struct Mounts {
  std::vector<MountInfo> list;
  bool is_hosts_own = false;  // as the host has them; else as the agent's unit is shown them, much of it "ro"
};

std::optional<Mounts> mounts_of(const HostView& host) {
  constexpr std::size_t kBytesMax = 1 << 26;
  for (const char* path : {"/proc/1/mountinfo", "/proc/self/mountinfo"})
    if (const auto text = text_of_file(host.path(path), kBytesMax))
      if (auto list = read_mount_info(*text); !list.empty())
        return Mounts{.list = std::move(list), .is_hosts_own = path[6] == '1'};
  return std::nullopt;
}

struct TroubleFound {
  std::vector<std::string> broken, unclear;
};

void look_at_mount(const RuleSet& rules, const MountInfo& mount, bool is_hosts_own, const std::string& store,
                   TroubleFound& found) {
  const std::string title = shown_path(rules, mount.point) + " (" + mount.type + ", store " + store + ")";
  // ext4 says so since Linux 6.15, and leaves "rw" as it is since 6.12.
  if (has_option(mount.super_options, "shutdown")) return found.broken.push_back(title + " is shut down");
  if (has_option(mount.super_options, "emergency_ro"))
    return found.broken.push_back(title + " is read-only because of errors");
  if (!has_option(mount.super_options, "ro")) return;
  if (!is_mount_read_only(mount))
    found.broken.push_back(title + " has become read-only");
  else if (!is_hosts_own)
    found.unclear.push_back(title + " is read-only, perhaps on purpose");
}

// XFS, for one, shows nowhere else that it is shut down.
void look_at_place(const HostView& host, const StorePlace& place, TroubleFound& found) {
  struct stat status {};
  if (stat(host.path(place.root).c_str(), &status) == 0) return;
  if (errno == EIO || errno == EUCLEAN || errno == ESHUTDOWN)
    found.broken.push_back("store " + place.store + " cannot be read: " + std::strerror(errno));
}

// Of the file systems that the stores lie on, and those that are mounted in them.
TroubleFound look_at_mounts(const HostView& host, const Mounts& mounts,
                            const std::vector<StorePlace>& places) {
  TroubleFound found;
  std::set<std::uint64_t> seen;
  for (const StorePlace& place : places) {
    const MountInfo* beneath = mount_of(host, mounts.list, place.root);
    if (beneath == nullptr)
      found.unclear.push_back("nothing is mounted where store " + place.store + " lies");
    for (const MountInfo& mount : mounts.list)
      if ((&mount == beneath || is_at_or_below(mount.point, place.root)) && seen.insert(mount.id).second)
        look_at_mount(*host.rules, mount, mounts.is_hosts_own, place.store, found);
  }
  return found;
}

}  // namespace

SafeguardResult check_filesystem_healthy(const Safeguard& promised, const HostView& host) {
  const FileSystemErrors errors = file_system_errors(host);
  const std::vector<StorePlace> places = store_places(promised, *host.rules);
  const auto mounts = mounts_of(host);
  TroubleFound found = mounts ? look_at_mounts(host, *mounts, places) : TroubleFound();
  for (const StorePlace& place : places) look_at_place(host, place, found);
  found.broken.insert(found.broken.end(), errors.found.begin(), errors.found.end());
  if (!found.broken.empty())
    return is_violated(
        some_of(found.broken),
        "See what the kernel says (dmesg), and whether the disk fails (smartctl -x /dev/DISK). "
        "Check that the backup is fresh before you repair it: fsck, unmounted; btrfs scrub start, "
        "then btrfs device stats -z.");
  if (!mounts) return is_unknown("no list of mounts can be read", "May the agent read /proc/1/mountinfo?");
  for (const std::string& counter : errors.unclear)
    found.unclear.push_back("the errors of " + counter + " cannot be read");
  if (!found.unclear.empty())
    return is_unknown(some_of(found.unclear), "Look yourself: findmnt; dmesg; ls /sys/fs/ext4 /sys/fs/btrfs");
  if (errors.counters == 0 && places.empty())
    return is_unknown("no file system here counts its errors, and no store lies in files",
                      "Take this safeguard out of the policy of this host.");
  return is_ok(errors.counters == 0 ? "no store is read-only; no file system here counts its errors"
                                    : "no errors, and no store is read-only");
}

}  // namespace purposewatch

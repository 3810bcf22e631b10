#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/encryption.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/store_mounts.h"

namespace purposewatch {

SafeguardResult check_store_encrypted_at_rest(const Safeguard& promised, const HostView& host) {
  const auto mounts = mounts_of_host(host);
  if (!mounts) return is_unknown("/proc/self/mountinfo cannot be read", "Is /proc mounted?");
  std::vector<std::string> plain, unknown;
  std::size_t looked_at = 0;
  for (const std::size_t index : promised.stores) {
    const Store& store = host.rules->stores[index];
    if (store.paths.empty()) continue;
    ++looked_at;
    Encryption encryption(host, *mounts);
    for (const MountInfo* mount : mounts_of_store(host, store, *mounts)) encryption.see_mount(*mount);
    for (const std::string& device : encryption.plain())
      plain.push_back(fmt::format("{} on {}", store.name, device));
    for (const std::string& what : encryption.unknown())
      unknown.push_back(fmt::format("{}: {}", store.name, what));
  }
  if (!plain.empty())
    return is_violated(
        "not encrypted: " + some_of(plain),
        "See what lies on what with `lsblk`. Move the store to a LUKS volume: cryptsetup luksFormat DEVICE, "
        "cryptsetup open DEVICE NAME, make a file system there, copy, mount it in its place.");
  if (!unknown.empty())
    return is_unknown(
        "not to be seen from here: " + some_of(unknown),
        "Look at it by hand: a file server or ZFS (`zfs get encryption`) encrypts by itself, or "
        "does not. Take such stores out of this safeguard's `stores`.");
  if (looked_at == 0) return is_unknown("no store has a path", "Name stores with `paths`.");
  return is_ok(fmt::format("{} stores, all on encrypted devices or in memory", looked_at));
}

}  // namespace purposewatch

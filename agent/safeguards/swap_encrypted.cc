#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/encryption.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/store_mounts.h"
#include "agent/storage/swaps.h"

namespace purposewatch {

SafeguardResult check_swap_encrypted(const Safeguard&, const HostView& host) {
  const auto text = text_of_file(host.path("/proc/swaps"));
  if (!text) return is_unknown("/proc/swaps cannot be read", "Is /proc mounted?");
  std::vector<std::string> open, unknown;
  const std::vector<SwapArea> areas = read_swaps(*text);
  const std::vector<MountInfo> mounts = mounts_of_host(host).value_or(std::vector<MountInfo>());
  for (const SwapArea& area : areas) {
    Encryption encryption(host, mounts);
    if (area.is_file)
      encryption.see_file(area.path);
    else
      encryption.see_device(area.path);
    if (!encryption.plain().empty())
      open.push_back(area.path);
    else if (!encryption.unknown().empty())
      unknown.push_back(fmt::format("{} ({})", area.path, encryption.unknown().front()));
  }
  if (!open.empty())
    return is_violated(some_of(open) + (open.size() == 1 ? " is" : " are") + " not encrypted",
                       "Turn it off: swapoff AREA, and take it out of /etc/fstab; or put dm-crypt beneath it "
                       "(crypttab(5), option swap).");
  if (!unknown.empty())
    return is_unknown("not known of " + some_of(unknown),
                      "See what is beneath with `swapon --show` and `lsblk`, or turn it off: swapoff AREA.");
  return is_ok(areas.empty() ? "no swap" : fmt::format("{} areas, all encrypted or in memory", areas.size()));
}

}  // namespace purposewatch

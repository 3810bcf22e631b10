#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/disks.h"
#include "agent/safeguards/host/host_files.h"

namespace purposewatch {
namespace {

std::vector<std::string> unknown_ones(const std::vector<Disk>& disks, const Safeguard& promised) {
  std::vector<std::string> titles;
  for (const Disk& disk : disks)
    if (disk.has_medium() && !disk.is_hidden && !matches_any(disk, promised.allow))
      titles.push_back(title_of(disk) + " is not known");
  return titles;
}

// Entries that name one disk, and no disk is theirs.
std::vector<std::string> gone_ones(const std::vector<Disk>& disks, const Safeguard& promised) {
  std::vector<std::string> gone;
  for (const std::string& entry : promised.allow)
    if (entry.find('*') == std::string::npos &&
        std::none_of(disks.begin(), disks.end(), [&](const Disk& disk) { return matches(disk, entry); }))
      gone.push_back("disk " + entry + " is gone");
  return gone;
}

}  // namespace

SafeguardResult check_block_devices_known(const Safeguard& promised, const HostView& host) {
  const auto disks = disks_of(host);
  if (!disks) return is_unknown("/sys/block cannot be read", "Is /sys mounted?");
  std::vector<std::string> found = unknown_ones(*disks, promised);
  const std::vector<std::string> gone = gone_ones(*disks, promised);
  std::string remedy;
  if (!found.empty())
    remedy =
        "Find out who put it in; if it belongs there, add its serial number or WWID to `allow` "
        "(lsblk -d -o NAME,MODEL,SERIAL,WWN).";
  if (!gone.empty())
    remedy += (remedy.empty() ? "" : " ") +
              std::string(
                  "Find the missing disk: it holds client data. dmesg says whether it failed or was "
                  "pulled; if it was taken out of service, take it out of `allow`.");
  found.insert(found.end(), gone.begin(), gone.end());
  if (!found.empty()) return is_violated(some_of(found), remedy);
  if (disks->empty())
    return is_unknown("no disk is seen in /sys/block", "Take this safeguard out of the policy of this host.");
  return is_ok("every disk is known");
}

}  // namespace purposewatch

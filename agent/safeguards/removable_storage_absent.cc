#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/disks.h"
#include "agent/safeguards/host/host_files.h"

namespace purposewatch {
namespace {

// A PCI device behind a port that leads out of the case, as Thunderbolt's do
// (Documentation/ABI/testing/sysfs-devices-removable, Linux 5.14).
bool is_behind_external_port(const HostView& host, const Disk& disk) {
  for (std::string path = disk.path; path.size() > 1; path.resize(path.rfind('/')))
    if (line_of_file(host.path(path + "/removable")) == "removable") return true;
  return false;
}

// "MMC" is a chip on the board, as a rule. The boot partitions of one are disks of their own to the kernel,
// which have the chip's disk for a device.
bool is_card(const HostView& host, const Disk& disk) {
  if (!disk.name.starts_with("mmcblk")) return false;
  const std::string chip = disk.name.substr(0, disk.name.find_first_not_of("0123456789", 6));
  return line_of_file(host.path("/sys/block/" + chip + "/device/type")) != "MMC";
}

// Empty: it stays where it is, or there is nothing in it.
std::string way_in(const HostView& host, const Disk& disk) {
  if (!disk.has_medium()) return "";
  if (disk.is_on_usb()) return "on USB";
  if (is_card(host, disk)) return "a card";
  if (is_behind_external_port(host, disk)) return "on Thunderbolt or another port of the case";
  return disk.takes_media ? "a medium in a drive" : "";
}

}  // namespace

SafeguardResult check_removable_storage_absent(const Safeguard& promised, const HostView& host) {
  const auto disks = disks_of(host);
  if (!disks) return is_unknown("/sys/block cannot be read", "Is /sys mounted?");
  std::vector<std::string> found;
  std::size_t allowed = 0;
  for (const Disk& disk : *disks) {
    const std::string way = way_in(host, disk);
    if (way.empty()) continue;
    if (matches_any(disk, promised.allow))
      ++allowed;
    else
      found.push_back(title_of(disk) + " (" + way + ")");
  }
  if (found.empty())
    return is_ok(allowed == 0 ? "no removable medium" : "no removable medium but those that are allowed");
  return is_violated(some_of(found),
                     "Find out who plugged it in and what was copied, before you take it out: lsblk shows "
                     "where it is mounted. If it belongs there, add its serial number to `allow`.");
}

}  // namespace purposewatch

// The disks of a host as sysfs shows them: block devices with hardware behind them, or what looks like it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

struct Disk {
  std::string name;                         // "sda", "cciss/c0d0"
  std::string vendor, model, serial, wwid;  // empty: it does not say
  std::string path;                         // of its device in sysfs: "/sys/devices/pci0000:00/.../0:0:0:0"
  std::uint64_t sectors = 0;                // of 512 bytes
  bool takes_media = false;                 // that can be taken out
  bool is_hidden = false;                   // one way to an NVMe disk that has several

  bool has_medium() const;
  bool is_on_usb() const;
};

// Whole disks by name. Nothing: /sys/block cannot be read.
std::optional<std::vector<Disk>> disks_of(const HostView& host);

// By name, model, "vendor model", serial number or WWID.
bool matches(const Disk& disk, const std::string& glob);
bool matches_any(const Disk& disk, const std::vector<std::string>& globs);
// "sdb: Kingston DataTraveler, serial 0019E06B".
std::string title_of(const Disk& disk);

}  // namespace purposewatch

// What a disk says of itself, as `smartctl -j -H -A` writes it down (smartmontools 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch {

struct SmartReport {
  std::string device;  // "/dev/sda", of NVMe often the controller "/dev/nvme0"; empty: it does not say
  std::string model, serial;
  bool says_something = false;          // whether the disk is well
  std::vector<std::string> complaints;  // "SMART says that it fails"
};

// Nothing: this is none.
std::optional<SmartReport> read_smart_report(const std::string& text);

}  // namespace purposewatch

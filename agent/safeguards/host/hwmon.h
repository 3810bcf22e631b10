// Sensors of the board and its chips (Documentation/ABI/testing/sysfs-class-hwmon).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

struct SensorChip {
  std::string name;       // "coretemp"
  std::string directory;  // as the host has it: "/sys/class/hwmon/hwmon0"
  std::vector<std::string> files;
};

// Of old drivers, the files are in the directory of the device.
std::vector<SensorChip> sensor_chips(const HostView& host);

// The "temp2" of "temp2_crit_alarm", for "temp" and "_crit_alarm". Empty: the file is another.
std::string_view sensor_of(std::string_view file, std::string_view kind, std::string_view suffix);

}  // namespace purposewatch

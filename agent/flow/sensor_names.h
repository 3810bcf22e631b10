// What the numbers in a sensor stand for: of programs, stores, counters, directories and marked files. Kept
// in a file of the state directory, so that the next agent can go on with a sensor that it has not begun.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/kernel/inode_key.h"
#include "agent/kernel/slots.h"
#include "agent/kernel/tables.h"
#include "rules/base/result.h"

namespace purposewatch {

struct SensorNames {
  std::uint64_t instance = 0;  // Sensor::instance
  std::string pin_name;        // Sensor::pin_name
  std::string interface;       // kernel_interface_digest
  std::string boot_id;         // of the host
  std::uint64_t began_boot_ns = 0;
  std::vector<std::string> programs;  // as of ProgramNumbers
  std::set<std::uint32_t> scripts;
  std::vector<CounterLabel> counters;  // as of CounterSlots
  std::vector<std::string> stores;     // by number
  std::vector<PolicyTables::Names> generations;
  std::map<InodeKey, std::string> marks;

  bool operator==(const SensorNames&) const = default;
};

// Nothing when there is no such file.
Result<std::optional<SensorNames>> read_sensor_names(const std::string& path);
Result<void> write_sensor_names(const std::string& path, const SensorNames& names);

}  // namespace purposewatch

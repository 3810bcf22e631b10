#include "agent/safeguards/host/hwmon.h"

#include "agent/safeguards/host/host_files.h"

namespace purposewatch {

std::vector<SensorChip> sensor_chips(const HostView& host) {
  std::vector<SensorChip> chips;
  for (const std::string& entry :
       names_in_directory(host.path("/sys/class/hwmon")).value_or(std::vector<std::string>())) {
    const std::string directory = "/sys/class/hwmon/" + entry;
    for (const char* below : {"", "/device"}) {
      auto files = names_in_directory(host.path(directory + below));
      if (!files) continue;
      const std::string name = line_of_file(host.path(directory + below + "/name")).value_or("");
      chips.push_back({name.empty() ? entry : name, directory + below, std::move(*files)});
    }
  }
  return chips;
}

std::string_view sensor_of(std::string_view file, std::string_view kind, std::string_view suffix) {
  if (file.size() <= kind.size() + suffix.size() || !file.starts_with(kind) || !file.ends_with(suffix))
    return "";
  const std::string_view sensor = file.substr(0, file.size() - suffix.size());
  return sensor.find_first_not_of("0123456789", kind.size()) == sensor.npos ? sensor : std::string_view();
}

}  // namespace purposewatch

#include <fmt/format.h>

#include <algorithm>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/hwmon.h"

namespace purposewatch {
namespace {

struct Alarm {
  std::string_view kind, suffix, what;
};
constexpr Alarm kAlarms[] = {
    {"temp", "_crit_alarm", "too hot"}, {"temp", "_emergency_alarm", "far too hot"},
    {"temp", "_fault", "sensor fails"}, {"fan", "_alarm", "fan too slow or too fast"},
    {"fan", "_fault", "fan fails"},
};

struct Watched {
  std::size_t limits = 0;  // that a sensor would tell of, or can be compared with
  std::vector<std::string> alarms;
};

std::string too_hot(std::int64_t millidegrees, std::int64_t limit) {
  return fmt::format("{} °C, and {} °C are critical", millidegrees / 1000, limit / 1000);
}

std::string title_of(const HostView& host, const SensorChip& chip, std::string_view sensor) {
  const std::string name(sensor);
  const std::string label = line_of_file(host.path(chip.directory + "/" + name + "_label")).value_or("");
  return chip.name + " " + name + (label.empty() ? "" : " '" + label + "'");
}

// For chips that raise no alarm of their own.
void compare(const HostView& host, const SensorChip& chip, std::string_view sensor, Watched& watched) {
  const std::string path = chip.directory + "/" + std::string(sensor);
  if (std::binary_search(chip.files.begin(), chip.files.end(), std::string(sensor) + "_crit_alarm")) return;
  const auto input = number_of_file(host.path(path + "_input"));
  const auto limit = number_of_file(host.path(path + "_crit"));
  if (!input || !limit || *limit <= 0) return;  // 0: nobody has set it
  ++watched.limits;
  if (*input >= *limit)
    watched.alarms.push_back(title_of(host, chip, sensor) + ": " + too_hot(*input, *limit));
}

void look_at_chip(const HostView& host, const SensorChip& chip, Watched& watched) {
  for (const std::string& file : chip.files) {
    if (const auto sensor = sensor_of(file, "temp", "_crit"); !sensor.empty())
      compare(host, chip, sensor, watched);
    for (const Alarm& alarm : kAlarms) {
      const std::string_view sensor = sensor_of(file, alarm.kind, alarm.suffix);
      const auto state =
          sensor.empty() ? std::nullopt : number_of_file(host.path(chip.directory + "/" + file));
      if (!state) continue;  // of sensors that are off, the driver answers with an error
      ++watched.limits;
      if (*state != 0)
        watched.alarms.push_back(title_of(host, chip, sensor) + ": " + std::string(alarm.what));
    }
  }
}

// Documentation/driver-api/thermal/sysfs-api.rst
void look_at_zone(const HostView& host, const std::string& zone, Watched& watched) {
  const std::string directory = "/sys/class/thermal/" + zone;
  const auto now = number_of_file(host.path(directory + "/temp"));
  const auto files = names_in_directory(host.path(directory));
  if (!now || !files) return;
  for (const std::string& file : *files) {
    const std::string point(sensor_of(file, "trip_point_", "_type"));
    if (point.empty() || line_of_file(host.path(directory + "/" + file)) != "critical") continue;
    const auto limit = number_of_file(host.path(directory + "/" + point + "_temp"));
    if (!limit || *limit <= 0) continue;
    ++watched.limits;
    if (*now >= *limit)
      watched.alarms.push_back(line_of_file(host.path(directory + "/type")).value_or(zone) + ": " +
                               too_hot(*now, *limit));
  }
}

Watched look(const HostView& host) {
  Watched watched;
  for (const SensorChip& chip : sensor_chips(host)) look_at_chip(host, chip, watched);
  if (watched.limits > 0) return watched;
  const auto zones = names_in_directory(host.path("/sys/class/thermal"));
  for (const std::string& zone : zones.value_or(std::vector<std::string>()))
    if (zone.starts_with("thermal_zone")) look_at_zone(host, zone, watched);
  return watched;
}

}  // namespace

SafeguardResult check_hardware_temperature(const Safeguard&, const HostView& host) {
  const Watched watched = look(host);
  if (!watched.alarms.empty())
    return is_violated(some_of(watched.alarms),
                       "Look at the fans and at the room's cooling: sensors. The alarm of a fan that is not "
                       "there ends with a minimum of 0: set fan2_min 0 in /etc/sensors.d, then sensors -s.");
  if (watched.limits == 0)
    return is_unknown("no sensor of heat or fans is known to the kernel",
                      "Find the board's driver (sensors-detect); a virtual machine has none: take this "
                      "safeguard out of its policy.");
  return is_ok(fmt::format("no alarm, of {} that sensors can raise", watched.limits));
}

}  // namespace purposewatch

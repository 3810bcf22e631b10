#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/hwmon.h"

namespace purposewatch {
namespace {

constexpr const char* kReport = "/run/purposewatch/ipmi-chassis.txt";
constexpr const char* kHowToReport =
    "Where the host has a BMC: apt install freeipmi-tools; systemctl enable --now "
    "purposewatch-hardware.timer. "
    "Where it has none, take this safeguard out of the policy.";

// intrusion0_alarm: 1 when the case was opened, until somebody writes 0
// (Documentation/ABI/testing/sysfs-class-hwmon).
struct Switches {
  std::size_t readable = 0, unreadable = 0;
  std::vector<std::string> opened;  // paths of the files
};

Switches read_switches(const HostView& host) {
  Switches switches;
  for (const SensorChip& chip : sensor_chips(host)) {
    for (const std::string& file : chip.files) {
      if (sensor_of(file, "intrusion", "_alarm").empty()) continue;
      const std::string path = chip.directory + "/" + file;
      const auto alarm = number_of_file(host.path(path));
      ++(alarm ? switches.readable : switches.unreadable);
      if (alarm.value_or(0) != 0) switches.opened.push_back(path);
    }
  }
  return switches;
}

std::string lower_without_blanks_around(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return "";
  std::string lower(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// The value of a line like "Chassis intrusion                   : inactive", in lower case, as FreeIPMI's
// ipmi-chassis prints them; ipmitool's differ in capitals only. Empty: there is no such line.
std::string reported_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon != line.npos && lower_without_blanks_around(line.substr(0, colon)) == key)
      return lower_without_blanks_around(line.substr(colon + 1));
  }
  return "";
}

SafeguardResult check_report(const HostView& host) {
  const std::string path = host.path(kReport);
  const auto written = written_wall_ns(path);
  const auto text = written ? text_of_file(path, 1 << 16) : std::nullopt;
  if (!text) return is_unknown("no sensor in the case is known to the kernel", kHowToReport);
  if (const std::string why_not = why_not_believed(*written, host.wall_ns); !why_not.empty())
    return is_unknown(std::string(kReport) + " " + why_not,
                      "See why it is not written any more: journalctl -u purposewatch-hardware");
  if (reported_value(*text, "intrusion sensor") == "not provided")
    return is_unknown("the BMC says that the case has no intrusion sensor",
                      "Take this safeguard out of the policy of this host.");
  const std::string state = reported_value(*text, "chassis intrusion");
  if (state == "inactive") return is_ok("the BMC has seen no intrusion");
  if (state == "active")
    return is_violated("the BMC says that the case was opened",
                       "Find out who opened it and look for what is new or missing inside. Then clear it in "
                       "the BMC: ipmi-sel has the time, the vendor's manual the way.");
  return is_unknown(fmt::format("{} has no line 'Chassis intrusion' that says active or inactive", kReport),
                    kHowToReport);
}

}  // namespace

SafeguardResult check_chassis_intrusion(const Safeguard&, const HostView& host) {
  const Switches switches = read_switches(host);
  if (!switches.opened.empty())
    return is_violated("the case was opened: " + some_of(switches.opened),
                       "Find out who opened it and look for what is new or missing inside. Then clear it: "
                       "echo 0 > " +
                           switches.opened.front());
  if (switches.unreadable > 0)
    return is_unknown(fmt::format("{} of {} intrusion sensors cannot be read", switches.unreadable,
                                  switches.unreadable + switches.readable),
                      "Look at what the driver says: dmesg | grep -i hwmon");
  if (switches.readable > 0) return is_ok("the case has not been opened since it was last cleared");
  return check_report(host);
}

}  // namespace purposewatch

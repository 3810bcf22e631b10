#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/disks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/matching_files.h"
#include "agent/safeguards/host/smart_report.h"

namespace purposewatch {
namespace {

constexpr const char* kUsualFiles = "/run/purposewatch/smart/*.json";
constexpr std::size_t kReportBytesMax = 1 << 20;

struct Health {
  std::size_t well = 0;
  std::vector<std::string> failing, unclear;
  std::vector<SmartReport> reports;  // that say how the disk is
};

std::string title_of(const SmartReport& report, const std::string& file) {
  std::string title = report.device.empty() ? file : report.device;
  if (!report.model.empty()) title += " " + report.model;
  if (!report.serial.empty()) title += ", serial " + report.serial;
  return title;
}

void read_report(const HostView& host, const std::string& file, Health& health) {
  const std::string path = host.path(file);
  const auto written = written_wall_ns(path);
  const auto text = written ? text_of_file(path, kReportBytesMax) : std::nullopt;
  if (!text) return health.unclear.push_back(file + " cannot be read");
  if (const std::string why_not = why_not_believed(*written, host.wall_ns); !why_not.empty())
    return health.unclear.push_back(file + " " + why_not);
  auto report = read_smart_report(*text);
  if (!report) return health.unclear.push_back(file + " is no report of smartctl -j");
  const std::string title = title_of(*report, file);
  if (!report->complaints.empty())
    health.failing.push_back(title + ": " + some_of(report->complaints));
  else if (report->says_something)
    ++health.well;
  else
    return health.unclear.push_back(title + " does not say whether it is well");
  health.reports.push_back(std::move(*report));
}

// By serial number, or by name: of NVMe, a report may be of the controller "/dev/nvme0" of "nvme0n1".
bool is_of(const SmartReport& report, const Disk& disk) {
  if (!report.serial.empty() && report.serial == disk.serial) return true;
  if (report.device == "/dev/" + disk.name) return true;
  return disk.name.starts_with("nvme") &&
         report.device == "/dev/" + disk.name.substr(0, disk.name.rfind('n'));
}

// Disks of the kinds that have something to say, without a report.
std::vector<std::string> silent_disks(const HostView& host, const Health& health) {
  std::vector<std::string> silent;
  for (const Disk& disk : disks_of(host).value_or(std::vector<Disk>())) {
    if (!(disk.name.starts_with("sd") || disk.name.starts_with("nvme"))) continue;
    if (disk.is_hidden || !disk.has_medium()) continue;
    if (std::none_of(health.reports.begin(), health.reports.end(),
                     [&](const SmartReport& report) { return is_of(report, disk); }))
      silent.push_back(disk.name);
  }
  return silent;
}

std::string how_to_report(const std::string& files) {
  return "Start what asks the disks each hour: systemctl enable --now purposewatch-hardware.timer; its log: "
         "journalctl -u purposewatch-hardware. Reports are looked for in " +
         files;
}

}  // namespace

SafeguardResult check_disk_healthy(const Safeguard& promised, const HostView& host) {
  const std::vector<std::string> patterns =
      promised.files.empty() ? std::vector<std::string>{kUsualFiles} : promised.files;
  const MatchingFiles files = matching_files(host, patterns);
  Health health;
  for (const std::string& file : files.paths) read_report(host, file, health);
  if (!health.failing.empty())
    return is_violated(some_of(health.failing),
                       "Check that the backup is fresh (and the array has all its disks), then replace the "
                       "disk. More of it: smartctl -x /dev/DISK");
  health.unclear.insert(health.unclear.end(), files.unclear.begin(), files.unclear.end());
  if (const auto silent = silent_disks(host, health); !silent.empty())
    health.unclear.push_back("no report of " + some_of(silent));
  if (!health.unclear.empty()) return is_unknown(some_of(health.unclear), how_to_report(patterns.front()));
  if (health.well == 0)
    return is_unknown("no report of any disk", how_to_report(patterns.front()) +
                                                   ". A virtual machine has no disk that knows: take this "
                                                   "safeguard out of its policy.");
  return is_ok(fmt::format("{} disks say that they are well", health.well));
}

}  // namespace purposewatch

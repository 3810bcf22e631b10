#include "agent/daemon/own_places.h"

#include <filesystem>

namespace purposewatch {
namespace {

// systemd.unit(5): in the order in which one is taken before the other. What masks a unit, or changes it, is
// put into the first.
constexpr const char* kUnitDirectories[] = {"/etc/systemd/system", "/run/systemd/system",
                                            "/usr/lib/systemd/system"};

std::string executable() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown).string();
}

std::vector<std::string> absolute(const std::vector<std::string>& paths) {
  std::vector<std::string> all;
  for (const std::string& path : paths) all.push_back(std::filesystem::absolute(path).string());
  return all;
}

}  // namespace

OwnPlaces own_places(const DaemonOptions& options) {
  OwnPlaces places;
  places.state = std::filesystem::absolute(options.state_dir).lexically_normal().string();
  places.decoy = places.state + "/canary";
  places.pins = options.pin_dir;
  places.executable = executable();
  places.policy = absolute(options.policy);
  for (const std::string directory : kUnitDirectories) {
    places.units.push_back(directory + "/purposewatch.service");
    places.units.push_back(directory + "/purposewatch.service.d");
  }
  return places;
}

CanaryOptions canary_options(const DaemonOptions& options) {
  return {.command = {"/proc/self/exe", "canary"}, .interval = options.canary_interval};
}

}  // namespace purposewatch

#include "agent/subject/unit.h"

#include <algorithm>
#include <array>

namespace purposewatch {
namespace {

constexpr std::array<std::string_view, 5> kUnitTypes = {".service", ".scope", ".socket", ".mount", ".swap"};

bool is_unit(std::string_view name) {
  return std::any_of(kUnitTypes.begin(), kUnitTypes.end(), [&](std::string_view type) {
    return name.size() > type.size() && name.ends_with(type);
  });
}

}  // namespace

std::string unit_of_cgroup(std::string_view cgroup) {
  while (!cgroup.empty()) {
    const std::size_t end = std::min(cgroup.find('/'), cgroup.size());
    std::string_view name = cgroup.substr(0, end);
    cgroup.remove_prefix(std::min(end + 1, cgroup.size()));
    if (name.empty()) continue;
    // systemd puts an underscore before names that the kernel has a use of its own for ("_cpu.service").
    if (name.front() == '_') name.remove_prefix(1);
    if (is_unit(name)) return std::string(name);
    // Only slices lie between the root and a unit; anything else is no cgroup of systemd's.
    if (!name.ends_with(".slice")) return {};
  }
  return {};
}

}  // namespace purposewatch

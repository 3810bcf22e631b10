#include "agent/safeguards/host/kernel_settings.h"

#include <sys/stat.h>

#include "agent/safeguards/host/host_files.h"

namespace purposewatch {

std::optional<std::int64_t> kernel_setting(const HostView& host, const std::string& name) {
  return number_of_file(host.path("/proc/sys/" + name));
}

bool has_name(const HostView& host, const std::string& path) {
  struct stat status {};
  return lstat(host.path(path).c_str(), &status) == 0;
}

bool kernel_lacks(const HostView& host, const std::string& path) {
  return !has_name(host, path) && line_of_file(host.path("/proc/sys/kernel/ostype")) == "Linux";
}

// security/lockdown/lockdown.c: all levels, the one that holds in brackets. /sys/kernel/security/lsm has the
// names of all modules of security, where securityfs is mounted.
Lockdown lockdown_of(const HostView& host) {
  const auto line = line_of_file(host.path("/sys/kernel/security/lockdown"));
  if (!line) {
    const bool has_list = line_of_file(host.path("/sys/kernel/security/lsm")).has_value();
    return has_list && !has_name(host, "/sys/kernel/security/lockdown") ? Lockdown::kAbsent
                                                                        : Lockdown::kUnknown;
  }
  if (line->find("[integrity]") != std::string::npos) return Lockdown::kIntegrity;
  if (line->find("[confidentiality]") != std::string::npos) return Lockdown::kConfidentiality;
  return line->find("[none]") != std::string::npos ? Lockdown::kNone : Lockdown::kUnknown;
}

}  // namespace purposewatch

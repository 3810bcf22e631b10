#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/kernel_settings.h"
#include "agent/safeguards/host/open_to_others.h"
#include "agent/safeguards/host/store_mounts.h"

namespace purposewatch {
namespace {

constexpr const char* kCoreRemedy =
    "Install systemd-coredump, which keeps dumps where only root and the process's user read them; or keep "
    "none: sysctl -w kernel.core_pattern='|/bin/false', and the same in a file of /etc/sysctl.d.";

// "/usr/lib/systemd/systemd-coredump" of "|/usr/lib/systemd/systemd-coredump %P %u".
std::string program_of(const std::string& pattern) {
  return pattern.substr(1, pattern.find(' ') - 1);
}

SafeguardResult piped_to(const std::string& program) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> paths) {
    return std::find(paths.begin(), paths.end(), program) != paths.end();
  };
  if (is_one_of({"/bin/false", "/bin/true", "/usr/bin/false", "/usr/bin/true"}))
    return is_ok("they are thrown away, by " + program);
  // coredump.conf(5), systemd-coredump(8): /var/lib/systemd/coredump, for root and by an ACL for the user.
  if (is_one_of({"/usr/lib/systemd/systemd-coredump", "/lib/systemd/systemd-coredump"}))
    return is_ok("they are kept by systemd-coredump");
  // Others send what they have collected away, as apport does.
  return is_unknown(program + " gets them, and who reads them there is not known", kCoreRemedy);
}

// core(5): a template, whose directories may be named by it, too.
SafeguardResult written_to(const HostView& host, const std::string& pattern) {
  const std::size_t end = pattern.rfind('/', pattern.find('%'));
  const std::string directory = without_links(host, end == 0 ? "/" : pattern.substr(0, end));
  const auto others = others_at(host, directory, kMayAnything);
  // None is written then; but processes in containers have directories of their own.
  if (!others) return is_unknown("there is no " + directory + " to write them to", kCoreRemedy);
  if (others->empty() || way_to(host, directory).is_shut)
    return is_ok(fmt::format("they are written to {}, which is closed to others", directory));
  return is_violated(fmt::format("they are written to {}, which is open to {}", directory, some_of(*others)),
                     kCoreRemedy);
}

}  // namespace

SafeguardResult check_core_dumps(const Safeguard&, const HostView& host) {
  // Documentation/admin-guide/sysctl/fs.rst: at 1, users examine the memory of privileged processes. (At 2,
  // the kernel writes no dump of these to a file without an absolute path.)
  if (kernel_setting(host, "fs/suid_dumpable") == 1)
    return is_violated("fs.suid_dumpable is 1: users can read what privileged processes had in memory",
                       "sysctl -w fs.suid_dumpable=0, and the same in a file of /etc/sysctl.d.");
  const auto pattern = line_of_file(host.path("/proc/sys/kernel/core_pattern"));
  if (!pattern && kernel_lacks(host, "/proc/sys/kernel/core_pattern")) return is_ok("the kernel writes none");
  if (!pattern) return is_unknown("/proc/sys/kernel/core_pattern cannot be read", "Is /proc mounted?");
  if (pattern->starts_with('|')) return piped_to(program_of(*pattern));
  // A socket, since Linux 6.16.
  if (pattern->starts_with('@'))
    return is_unknown("they go to " + *pattern + ", and who reads them there is not known", kCoreRemedy);
  if (*pattern == "/dev/null") return is_ok("they are thrown away");
  if (pattern->starts_with('/')) return written_to(host, *pattern);
  if (pattern->empty() && kernel_setting(host, "kernel/core_uses_pid") == 0)
    return is_ok("none is written: kernel.core_pattern is empty");
  return is_violated(
      fmt::format("they are written to wherever a process is (kernel.core_pattern is '{}')", *pattern),
      kCoreRemedy);
}

}  // namespace purposewatch

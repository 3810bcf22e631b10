#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/kernel_settings.h"

namespace purposewatch {

// Documentation/admin-guide/LSM/Yama.rst. Without Yama it is as with 0: whoever runs as the same user can
// attach.
SafeguardResult check_ptrace_restricted(const Safeguard&, const HostView& host) {
  const auto scope = kernel_setting(host, "kernel/yama/ptrace_scope");
  if (scope && *scope >= 1) return is_ok(fmt::format("kernel.yama.ptrace_scope is {}", *scope));
  if (scope)
    return is_violated("kernel.yama.ptrace_scope is 0: any process can look into those of the same user",
                       "sysctl -w kernel.yama.ptrace_scope=1, and the same in a file of /etc/sysctl.d.");
  if (kernel_lacks(host, "/proc/sys/kernel/yama/ptrace_scope"))
    return is_violated("the kernel runs without Yama: any process can look into those of the same user",
                       "Boot a kernel with CONFIG_SECURITY_YAMA, and with yama in lsm= if its command line "
                       "has that (cat /proc/cmdline).");
  return is_unknown("/proc/sys/kernel/yama/ptrace_scope cannot be read", "Is /proc mounted?");
}

}  // namespace purposewatch

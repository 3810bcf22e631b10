#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/kernel_settings.h"

namespace purposewatch {

// Documentation/admin-guide/sysctl/kernel.rst: 1 for good, 2 until root says otherwise.
SafeguardResult check_unprivileged_bpf_off(const Safeguard&, const HostView& host) {
  const auto disabled = kernel_setting(host, "kernel/unprivileged_bpf_disabled");
  if (disabled == 1 || disabled == 2)
    return is_ok(fmt::format("kernel.unprivileged_bpf_disabled is {}", *disabled));
  if (disabled == 0)
    return is_violated("kernel.unprivileged_bpf_disabled is 0: everybody can load BPF programs",
                       "sysctl -w kernel.unprivileged_bpf_disabled=1 (until the next boot there is no way "
                       "back; 2 can be undone), and the same in a file of /etc/sysctl.d.");
  return is_unknown("/proc/sys/kernel/unprivileged_bpf_disabled cannot be read", "Is /proc mounted?");
}

}  // namespace purposewatch

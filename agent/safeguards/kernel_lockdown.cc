#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/kernel_settings.h"

namespace purposewatch {

SafeguardResult check_kernel_lockdown(const Safeguard&, const HostView& host) {
  // At `confidentiality`, BPF programs cannot read the kernel's memory any more (kernel/bpf/helpers.c), and
  // the sensor is one.
  constexpr const char* kRemedy =
      "echo integrity > /sys/kernel/security/lockdown holds until the next boot; for good, put "
      "lockdown=integrity on the kernel's command line, or turn Secure Boot on. Not confidentiality: that "
      "may keep this agent from loading its sensor.";
  switch (lockdown_of(host)) {
    case Lockdown::kIntegrity:
      return is_ok("locked down to integrity");
    case Lockdown::kConfidentiality:
      return is_ok("locked down to confidentiality");
    case Lockdown::kNone:
      return is_violated("the kernel is not locked down", kRemedy);
    case Lockdown::kAbsent:
      return is_violated("the kernel has no lockdown",
                         "Boot a kernel with CONFIG_SECURITY_LOCKDOWN_LSM, and with lockdown in lsm= if its "
                         "command line has "
                         "that (cat /proc/cmdline).");
    case Lockdown::kUnknown:
      break;
  }
  return is_unknown("/sys/kernel/security/lockdown cannot be read",
                    "Is securityfs mounted? mount -t securityfs securityfs /sys/kernel/security");
}

}  // namespace purposewatch

#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/kernel_settings.h"

namespace purposewatch {

SafeguardResult check_module_loading(const Safeguard&, const HostView& host) {
  const auto disabled = kernel_setting(host, "kernel/modules_disabled");
  if (disabled == 1) return is_ok("no module can be loaded any more");
  if (kernel_lacks(host, "/proc/modules") && kernel_lacks(host, "/proc/sys/kernel/modules_disabled"))
    return is_ok("the kernel has no modules");
  // kernel/module/signing.c. Without CONFIG_MODULE_SIG there is no such file.
  const std::string enforced =
      line_of_file(host.path("/sys/module/module/parameters/sig_enforce")).value_or("absent");
  if (enforced == "Y") return is_ok("every module must be signed");
  const Lockdown lockdown = lockdown_of(host);
  if (lockdown == Lockdown::kIntegrity || lockdown == Lockdown::kConfidentiality)
    return is_ok("the kernel is locked down: every module must be signed");
  if (!disabled) return is_unknown("/proc/sys/kernel/modules_disabled cannot be read", "Is /proc mounted?");
  return is_violated(
      fmt::format("unsigned modules can be loaded (modules_disabled is {}, sig_enforce {})", *disabled,
                  enforced),
      "Put module.sig_enforce=1 on the kernel's command line. Until the next boot: echo 1 > "
      "/sys/module/module/parameters/sig_enforce, or, once all that is needed is loaded, sysctl -w "
      "kernel.modules_disabled=1.");
}

}  // namespace purposewatch

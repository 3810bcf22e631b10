#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"
#include "agent/safeguards/host/kernel_settings.h"

namespace purposewatch {
namespace {

constexpr const char* kVariables = "/sys/firmware/efi/efivars/";
// EFI_GLOBAL_VARIABLE of the UEFI specification; SHIM_LOCK of the boot loader shim.
constexpr const char* kGlobal = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr const char* kShim = "-605dab50-e046-4300-abb6-3dd810dd8b23";

// Documentation/filesystems/efivarfs.rst: four bytes of attributes come first.
std::optional<unsigned> variable(const HostView& host, const std::string& name) {
  const auto bytes = text_of_file(host.path(kVariables + name), 64);
  if (!bytes || bytes->size() != 5) return std::nullopt;
  return static_cast<unsigned char>(bytes->back());
}

SafeguardResult without_answer(const HostView& host) {
  if (!has_name(host, "/sys/firmware/efi"))
    return is_unknown(
        "the firmware is no UEFI, or has not started the kernel as such",
        "There is no Secure Boot here. Take this out of the policy, or install the host anew in "
        "UEFI mode.");
  const auto names = names_in_directory(host.path(kVariables));
  if (!names || names->empty())
    return is_unknown("the firmware's variables are not to be seen",
                      "mount -t efivarfs efivarfs /sys/firmware/efi/efivars");
  const std::string path = kVariables + std::string("SecureBoot") + kGlobal;
  if (has_name(host, path)) return is_unknown(path + " is no byte", "Ask the firmware: mokutil --sb-state");
  return is_violated("the firmware has no Secure Boot", "See whether there is a newer one for this machine.");
}

}  // namespace

// As the kernel's own efi_get_secureboot (drivers/firmware/efi/libstub/secureboot.c) asks.
SafeguardResult check_secure_boot(const Safeguard&, const HostView& host) {
  const auto secure = variable(host, std::string("SecureBoot") + kGlobal);
  if (!secure) return without_answer(host);
  if (variable(host, std::string("SetupMode") + kGlobal) == 1U)
    return is_violated("the firmware is in setup mode: anybody can give it keys",
                       "Enrol the vendor's keys in the firmware's setup, and turn Secure Boot on there.");
  if (*secure != 1)
    return is_violated("Secure Boot is off", "Turn it on in the firmware's setup, at the next reboot.");
  if (variable(host, std::string("MokSBStateRT") + kShim) == 1U)
    return is_violated("Secure Boot is on, but shim was told not to check",
                       "mokutil --enable-validation, then reboot and confirm at the console.");
  return is_ok("Secure Boot is on");
}

}  // namespace purposewatch

#include "agent/safeguards/all_safeguards.h"

#include <algorithm>

#include "agent/safeguards/checks.h"

namespace purposewatch {
namespace {

using std::chrono::seconds;

constexpr HostChanges kDevices = mask_of(HostChange::kDevices), kMounts = mask_of(HostChange::kMounts),
                      kStores = mask_of(HostChange::kStores), kLogins = mask_of(HostChange::kLogins),
                      kAgent = mask_of(HostChange::kAgent);

constexpr SafeguardEntry kEntries[] = {
    {"chassis-intrusion", check_chassis_intrusion, seconds(60), kDevices},
    {"removable-storage-absent", check_removable_storage_absent, seconds(30), kDevices},
    {"block-devices-known", check_block_devices_known, seconds(30), kDevices},
    {"usb-devices-known", check_usb_devices_known, seconds(30), kDevices},
    {"thunderbolt-authorised", check_thunderbolt_authorised, seconds(60), kDevices},
    {"console-login-absent", check_console_login_absent, seconds(30), kLogins},
    {"clean-shutdown", check_clean_shutdown, seconds(600), kAgent},
    {"hardware-temperature", check_hardware_temperature, seconds(30), kDevices},
    {"store-encrypted-at-rest", check_store_encrypted_at_rest, seconds(300), kMounts | kDevices},
    {"swap-encrypted", check_swap_encrypted, seconds(60), kDevices},
    {"store-mount-options", check_store_mount_options, seconds(60), kMounts},
    {"store-permissions", check_store_permissions, seconds(60), kStores | kMounts},
    {"database-listeners", check_database_listeners, seconds(30)},
    {"kernel-lockdown", check_kernel_lockdown, seconds(60)},
    {"module-loading", check_module_loading, seconds(60)},
    {"ptrace-restricted", check_ptrace_restricted, seconds(60)},
    {"core-dumps", check_core_dumps, seconds(60)},
    {"unprivileged-bpf-off", check_unprivileged_bpf_off, seconds(60)},
    {"loginuid-immutable", check_loginuid_immutable, seconds(60)},
    {"secure-boot", check_secure_boot, seconds(60)},
    {"agent-integrity", check_agent_integrity, seconds(300)},
    {"metrics-protected", check_metrics_protected, seconds(60), kAgent},
    {"time-synchronised", check_time_synchronised, seconds(60)},
    {"sensor-alive", check_sensor_alive, seconds(10), kAgent},
    {"raid-healthy", check_raid_healthy, seconds(30), kDevices},
    {"disk-healthy", check_disk_healthy, seconds(300)},
    {"filesystem-healthy", check_filesystem_healthy, seconds(30), kMounts | kDevices},
    {"store-space", check_store_space, seconds(30), kMounts},
    {"backup-fresh", check_backup_fresh, seconds(60)},
    {"evidence-verified", check_evidence_verified, seconds(300)},
    {"policy-reviewed", check_policy_reviewed, seconds(600), kAgent},
    {"policy-tests-pass", check_policy_tests_pass, seconds(3600), kAgent},
    {"grants-in-order", check_grants_in_order, seconds(30), kAgent},
    {"break-glass-reviewed", check_break_glass_reviewed, seconds(30), kAgent},
    {"incidents-reviewed", check_incidents_reviewed, seconds(60), kAgent},
};

}  // namespace

std::span<const SafeguardEntry> all_safeguards() {
  return kEntries;
}

const SafeguardEntry* safeguard_entry(std::string_view name) {
  const auto* found = std::find_if(std::begin(kEntries), std::end(kEntries),
                                   [&](const SafeguardEntry& entry) { return entry.name == name; });
  return found == std::end(kEntries) ? nullptr : found;
}

}  // namespace purposewatch

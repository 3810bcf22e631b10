// The checks, which all_safeguards.cc lists. Each is defined in a file of its own, by the same name.
#pragma once

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

SafeguardResult check_chassis_intrusion(const Safeguard& promised, const HostView& host);
SafeguardResult check_removable_storage_absent(const Safeguard& promised, const HostView& host);
SafeguardResult check_block_devices_known(const Safeguard& promised, const HostView& host);
SafeguardResult check_usb_devices_known(const Safeguard& promised, const HostView& host);
SafeguardResult check_thunderbolt_authorised(const Safeguard& promised, const HostView& host);
SafeguardResult check_console_login_absent(const Safeguard& promised, const HostView& host);
SafeguardResult check_clean_shutdown(const Safeguard& promised, const HostView& host);
SafeguardResult check_hardware_temperature(const Safeguard& promised, const HostView& host);
SafeguardResult check_store_encrypted_at_rest(const Safeguard& promised, const HostView& host);
SafeguardResult check_swap_encrypted(const Safeguard& promised, const HostView& host);
SafeguardResult check_store_mount_options(const Safeguard& promised, const HostView& host);
SafeguardResult check_store_permissions(const Safeguard& promised, const HostView& host);
SafeguardResult check_database_listeners(const Safeguard& promised, const HostView& host);
SafeguardResult check_kernel_lockdown(const Safeguard& promised, const HostView& host);
SafeguardResult check_module_loading(const Safeguard& promised, const HostView& host);
SafeguardResult check_ptrace_restricted(const Safeguard& promised, const HostView& host);
SafeguardResult check_core_dumps(const Safeguard& promised, const HostView& host);
SafeguardResult check_unprivileged_bpf_off(const Safeguard& promised, const HostView& host);
SafeguardResult check_loginuid_immutable(const Safeguard& promised, const HostView& host);
SafeguardResult check_secure_boot(const Safeguard& promised, const HostView& host);
SafeguardResult check_agent_integrity(const Safeguard& promised, const HostView& host);
SafeguardResult check_metrics_protected(const Safeguard& promised, const HostView& host);
SafeguardResult check_time_synchronised(const Safeguard& promised, const HostView& host);
SafeguardResult check_sensor_alive(const Safeguard& promised, const HostView& host);
SafeguardResult check_raid_healthy(const Safeguard& promised, const HostView& host);
SafeguardResult check_disk_healthy(const Safeguard& promised, const HostView& host);
SafeguardResult check_filesystem_healthy(const Safeguard& promised, const HostView& host);
SafeguardResult check_store_space(const Safeguard& promised, const HostView& host);
SafeguardResult check_backup_fresh(const Safeguard& promised, const HostView& host);
SafeguardResult check_evidence_verified(const Safeguard& promised, const HostView& host);
SafeguardResult check_policy_reviewed(const Safeguard& promised, const HostView& host);
SafeguardResult check_policy_tests_pass(const Safeguard& promised, const HostView& host);
SafeguardResult check_grants_in_order(const Safeguard& promised, const HostView& host);
SafeguardResult check_break_glass_reviewed(const Safeguard& promised, const HostView& host);
SafeguardResult check_incidents_reviewed(const Safeguard& promised, const HostView& host);

}  // namespace purposewatch

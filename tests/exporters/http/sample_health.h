// Agents that are well, in trouble, and blind, as pages show them.
#pragma once

#include "rules/model/health.h"

namespace purposewatch {

inline constexpr double kNow = 1'763'912'400;  // 2025-11-23 15:40:00 UTC

inline Health calm_health() {
  Health health;
  health.backend = "lsm";
  health.ready = true;
  health.policy = {"mmshosting-privacy", "2011-04-24",
                   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"};
  health.accesses = {{"client-mail", "imap", "requested-service", "read", 1'204'511},
                     {"client-mail", "delivery", "requested-service", "write", 88'210},
                     {"billing-db", "mariadb", "requested-service", "read", 40'312},
                     {"web-logs", "nginx", "requested-service", "write", 9'711'004}};
  health.flagged = {{"client-mail", "read", "unknown-service", 0}, {"billing-db", "read", "no-permit", 3}};
  health.stores = {{"billing-db", kNow - 12 * 86400, 0}, {"client-mail", 0, 0}, {"web-logs", 0, 0}};
  for (const char* store : {"billing-db", "client-mail", "web-logs"})
    for (const char* severity : {"notice", "warning", "critical"})
      health.incidents.push_back({store, severity, 0});
  health.grants = {{"legal-process", 1, kNow + 7300, 0}, {"abuse-handling", 0, 0, 0}};
  for (const char* hook : {"file_open", "file_receive", "path_rename", "path_unlink", "socket_connect"})
    health.hooks.push_back({hook, "lsm", true, kNow - 2, ""});
  health.hooks.push_back({"ptrace_access", "lsm", true, 0, ""});
  for (const char* stage : {"ring", "recursion", "decode", "orphan", "evidence"})
    health.lost.push_back({stage, 0});
  health.evidence.emplace();
  health.evidence->records = 48'120;
  health.evidence->total_bytes = std::uint64_t{64} << 30U;
  health.evidence->free_bytes = std::uint64_t{41} << 30U;
  for (int i = 0; i < 940; ++i) health.evidence->sync_seconds.add(0.0004);
  for (int i = 0; i < 55; ++i) health.evidence->sync_seconds.add(0.002);
  for (int i = 0; i < 5; ++i) health.evidence->sync_seconds.add(0.03);
  health.maps = {{"anchors", 812, 1836}, {"marks", 9, 65'536}, {"units", 0, 16'384}, {"states", 84, 84},
                 {"edges", 112, 112},    {"permits", 61, 61},  {"ports", 0, 0}};
  health.safeguards = {{"removable-storage-absent",
                        "P3",
                        SafeguardKind::kPhysical,
                        {SafeguardState::kOk, "no removable medium", ""},
                        kNow - 9},
                       {"store-encrypted-at-rest",
                        "P3",
                        SafeguardKind::kElectronic,
                        {SafeguardState::kOk, "3 stores", ""},
                        kNow - 200},
                       {"secure-boot",
                        "P3",
                        SafeguardKind::kElectronic,
                        {SafeguardState::kUnknown, "the firmware is no UEFI", "Take it out."},
                        kNow - 30}};
  health.seen = health.delivered = 10'411;
  health.reload_success_timestamp = kNow - 3 * 3600;
  health.start_timestamp = kNow - 19 * 86400;
  return health;
}

inline Health troubled_health() {
  Health health = calm_health();
  health.flagged = {{"client-mail", "read", "unknown-service", 1'204},
                    {"client-mail", "delete", "no-permit", 2},
                    {"billing-db", "read", "no-permit", 3}};
  health.stores = {{"billing-db", kNow - 12 * 86400, 0}, {"client-mail", kNow - 200, 31}, {"web-logs", 0, 0}};
  health.incidents = {
      {"client-mail", "critical", 1}, {"client-mail", "warning", 2}, {"billing-db", "notice", 1}};
  health.threats = {{"client-mail", "misuse", "warning", 2},
                    {"client-mail", "loss", "critical", 1},
                    {"billing-db", "misuse", "notice", 1}};
  health.grants = {{"legal-process", 2, kNow + 400, 1}, {"abuse-handling", 0, 0, 0}};
  health.safeguards[0].result = {SafeguardState::kViolated, "sdb: <Kingston> DataTraveler", "Pull it out."};
  health.lost[0].value = 12;
  health.lost[4].value = 1;
  health.evidence->is_writable = false;
  health.evidence->lost = 1;
  health.evidence->free_bytes = std::uint64_t{900} << 20U;
  health.paging = PagingHealth{31, 2, 2, {"https://alertmanager-2.example:9093"}};
  health.reload_successful = false;
  health.reload_error =
      "/etc/purposewatch/policy.d/mail.yaml:12:3: error: unknown key 'pathes' in store client-mail";
  return health;
}

inline Health blind_health() {
  Health health = calm_health();
  health.ready = false;
  for (HookHealth& hook : health.hooks) hook.up = false;
  health.hooks[0].why = "BPF LSM is not active: boot with lsm=...,bpf";
  health.not_ready_reason = "hook file_open is not attached: " + health.hooks[0].why;
  return health;
}

}  // namespace purposewatch

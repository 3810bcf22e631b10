// Health: the agent's own state and counters at one moment, as every exporter shows them. Plain values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "rules/model/finding.h"
#include "rules/model/safeguard.h"

namespace purposewatch {

struct HookHealth {
  std::string hook;            // file_open, file_receive, open_call, process_exec, task_newtask, ...
  std::string backend;         // lsm, fentry, syscalls; "all" for hooks that every backend uses
  bool up = false;             // attached
  double fired_timestamp = 0;  // seconds since the epoch when it was last seen firing; 0: never
  std::string why;             // when not up: what the kernel said, for a person
};

struct AccessCount {
  std::string store, service, purpose, access;
  std::uint64_t value = 0;
};
struct FlaggedCount {
  std::string store, access, reason;
  std::uint64_t value = 0;
};
// Of all starts of the agent together: what there is more of than nothing.
struct FlaggedTotals {
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> counts;  // store, access, reason
  std::map<std::string, double> last_timestamps;  // by store; seconds since the epoch
};
struct StoreHealth {
  std::string store;
  double last_flagged_timestamp = 0;  // seconds since the epoch; 0: never
  std::uint64_t suppressed = 0;
};
struct DisclosureCount {
  std::string store, kind, verdict;
  std::uint64_t value = 0;
};
struct MapHealth {
  std::string map;
  std::uint64_t entries = 0, capacity = 0;
};
struct ProgramHealth {
  std::string program;
  double run_seconds = 0;  // needs kernel.bpf_stats_enabled; else 0
  std::uint64_t runs = 0, missed = 0;
};
struct GrantCount {
  std::string purpose;
  std::uint64_t active = 0;
  double expiry_timestamp =
      0;  // seconds since the epoch, of the active one that ends first; 0: there is none
  std::uint64_t unreviewed = 0;  // break-glass grants, ended or not, that nobody has reviewed
};
struct IncidentCount {
  std::string store, severity;
  std::uint64_t open = 0;
};
struct ThreatCount {
  std::string store, threat, severity;
  std::uint64_t open = 0;
};
struct StageLoss {
  std::string stage;  // ring, recursion, decode, orphan, absent, handover, ndjson, evidence
  std::uint64_t value = 0;
};

// What was done to the agent (tamper_event.h), how often.
struct TamperingCount {
  std::string what;
  std::uint64_t value = 0;
};

// How often something took how long.
struct Latencies {
  // Seconds; the last count is of what took longer.
  static constexpr std::array<double, 12> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                     0.05,   0.1,   0.25,   0.5,   1,    2.5};
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  double sum = 0;

  void add(double seconds) {
    std::size_t i = 0;
    while (i < kBounds.size() && seconds > kBounds[i]) ++i;
    ++counts[i];
    sum += seconds;
  }
};
// What of the evidence is on the disk.
struct EvidenceHealth {
  std::uint64_t records = 0;  // the last one's sequence number
  std::uint64_t head = 0;     // the first 53 bits of its chain
  std::uint64_t lost = 0;     // records that did not fit in memory or on the disk
  bool is_writable = true;
  std::uint64_t free_bytes = 0, total_bytes = 0;  // of its file system; 0: not known yet
  Latencies sync_seconds;
};

// Of alerts that the agent brings to Alertmanagers itself: requests.
struct PagingHealth {
  std::uint64_t successes = 0, failures = 0;  // requests
  std::size_t receivers = 0;                  // Alertmanagers
  std::vector<std::string> failing;           // of these, the addresses of those whose last request failed
};

struct SafeguardHealth {
  std::string safeguard, clause;
  SafeguardKind kind = SafeguardKind::kElectronic;
  SafeguardResult result;        // in visible text
  double checked_timestamp = 0;  // seconds since the epoch; 0: not yet
};

// Whether what would harm the agent is refused.
enum class ProtectionHealth : std::uint8_t {
  kOff,
  kOn,
  kUnlocked,     // for a while
  kUnavailable,  // it was asked for, and only the backend lsm can
};
inline constexpr std::array<std::string_view, 4> kProtectionNames = {"off", "on", "unlocked", "unavailable"};
constexpr std::string_view name_of(ProtectionHealth protection) {
  return kProtectionNames[static_cast<std::size_t>(protection)];
}

struct Health {
  std::string backend;
  bool ready = false;            // every hook has fired
  std::string not_ready_reason;  // for a person; empty when ready
  PolicyIdentity policy;
  std::vector<AccessCount> accesses;         // permitted accesses: every permit's series, also at 0
  std::vector<FlaggedCount> flagged;         // every (store, access, reason) that can occur, also at 0
  std::vector<DisclosureCount> disclosures;  // that were flagged: of every store, also at 0
  std::vector<StoreHealth> stores;
  std::vector<GrantCount> grants;        // of every purpose that requires one, also at 0
  std::vector<IncidentCount> incidents;  // of every store and severity, also at 0
  std::vector<ThreatCount> threats;      // of every store, threat and severity, also at 0
  std::vector<HookHealth> hooks;
  double canary_success_timestamp = 0;  // seconds since the epoch; 0: never yet
  Latencies canary_seconds;             // from an access of the canary until the agent knew of it
  std::vector<StageLoss> lost;
  std::vector<TamperingCount> tampering;  // each kind, also at 0
  std::optional<EvidenceHealth> evidence;
  std::vector<SafeguardHealth> safeguards;  // that the policy promises
  std::optional<PagingHealth> paging;       // nothing: nobody is told directly
  std::vector<MapHealth> maps;
  std::vector<ProgramHealth> programs;
  std::uint64_t seen = 0;  // accesses the kernel sent up
  // Of those: told as a finding, or permitted late. Seen are as many as were delivered, suppressed or lost.
  std::uint64_t delivered = 0;
  std::uint64_t denied_opens = 0;  // opens the kernel refused: no accesses, but counted
  std::uint64_t ring_used_bytes = 0;
  bool reload_successful = true;
  double reload_success_timestamp = 0;    // seconds since the epoch
  std::string reload_error;               // the last refused policy's first error
  std::vector<std::string> capabilities;  // that the agent still holds
  ProtectionHealth protection = ProtectionHealth::kOff;
  double start_timestamp = 0;
};

}  // namespace purposewatch

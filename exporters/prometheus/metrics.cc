#include "exporters/prometheus/metrics.h"

#include <array>

namespace purposewatch {
namespace {

using Series = SeriesWriter;
using Source = MetricSource;
using enum prometheus::MetricType;

double as_double(std::uint64_t value) {
  return static_cast<double>(value);
}

std::string_view name_of(prometheus::MetricType type) {
  return type == Counter ? "counter" : type == Histogram ? "histogram" : "gauge";
}

void add(Series& series, const SafeguardHealth& safeguard, double value) {
  series.add({{"safeguard", safeguard.safeguard},
              {"kind", std::string(name_of(safeguard.kind))},
              {"clause", safeguard.clause}},
             value);
}

constexpr std::array kMetrics = {
    Metric{"purposewatch_build_info", Gauge, "version, revision", "Always 1; says what was built",
           [](Series& series, const Source& of) {
             series.add({{"version", of.build.version}, {"revision", of.build.revision}}, 1);
           }},
    Metric{"purposewatch_policy_info", Gauge, "name, version, digest",
           "Always 1; says which policy is in force",
           [](Series& series, const Source& of) {
             const PolicyIdentity& policy = of.health.policy;
             series.add({{"name", policy.name}, {"version", policy.version}, {"digest", policy.digest}}, 1);
           }},
    Metric{"purposewatch_accesses_total", Counter, "store, service, purpose, access",
           "Permitted accesses to client data",
           [](Series& series, const Source& of) {
             for (const AccessCount& count : of.health.accesses)
               series.add({{"store", count.store},
                           {"service", count.service},
                           {"purpose", count.purpose},
                           {"access", count.access}},
                          as_double(count.value));
           }},
    Metric{"purposewatch_flagged_total", Counter, "store, access, reason",
           "Accesses to client data that no purpose covers",
           [](Series& series, const Source& of) {
             for (const FlaggedCount& count : of.health.flagged)
               series.add({{"store", count.store}, {"access", count.access}, {"reason", count.reason}},
                          as_double(count.value));
           }},
    Metric{"purposewatch_disclosures_total", Counter, "store, kind, verdict",
           "Ways out of processes that carry client data: permitted, granted and flagged",
           [](Series& series, const Source& of) {
             for (const DisclosureCount& count : of.health.disclosures)
               series.add({{"store", count.store}, {"kind", count.kind}, {"verdict", count.verdict}},
                          as_double(count.value));
           }},
    Metric{"purposewatch_last_flagged_timestamp_seconds", Gauge, "store",
           "When an access to the store was last flagged; 0 when never",
           [](Series& series, const Source& of) {
             for (const StoreHealth& store : of.health.stores)
               series.add({{"store", store.store}}, store.last_flagged_timestamp);
           }},
    Metric{"purposewatch_open_incidents", Gauge, "store, severity", "Incidents that nobody has reviewed yet",
           [](Series& series, const Source& of) {
             for (const IncidentCount& count : of.health.incidents)
               series.add({{"store", count.store}, {"severity", count.severity}}, as_double(count.open));
           }},
    Metric{
        "purposewatch_open_threats", Gauge, "store, threat, severity",
        "Incidents that nobody has reviewed yet and that are a misuse, an alteration, a loss or a disclosure "
        "of the store's data",
        [](Series& series, const Source& of) {
          for (const ThreatCount& count : of.health.threats)
            series.add({{"store", count.store}, {"threat", count.threat}, {"severity", count.severity}},
                       as_double(count.open));
        }},
    Metric{"purposewatch_grants_active", Gauge, "purpose", "Grants that hold now",
           [](Series& series, const Source& of) {
             for (const GrantCount& count : of.health.grants)
               series.add({{"purpose", count.purpose}}, as_double(count.active));
           }},
    Metric{"purposewatch_grant_expiry_timestamp_seconds", Gauge, "purpose",
           "When the first of the active grants ends; 0 when there is none",
           [](Series& series, const Source& of) {
             for (const GrantCount& count : of.health.grants)
               series.add({{"purpose", count.purpose}}, count.expiry_timestamp);
           }},
    Metric{"purposewatch_grants_unreviewed", Gauge, "purpose",
           "Break-glass grants, ended or not, that nobody has reviewed",
           [](Series& series, const Source& of) {
             for (const GrantCount& count : of.health.grants)
               series.add({{"purpose", count.purpose}}, as_double(count.unreviewed));
           }},
    Metric{"purposewatch_safeguard_ok", Gauge, "safeguard, kind, clause",
           "1 when what the policy promises of the host is so; 0 when it is not, or is not known",
           [](Series& series, const Source& of) {
             for (const SafeguardHealth& safeguard : of.health.safeguards)
               add(series, safeguard, safeguard.result.state == SafeguardState::kOk ? 1 : 0);
           }},
    Metric{"purposewatch_safeguard_unknown", Gauge, "safeguard, kind, clause",
           "1 when nobody can tell whether it is so",
           [](Series& series, const Source& of) {
             for (const SafeguardHealth& safeguard : of.health.safeguards)
               add(series, safeguard, safeguard.result.state == SafeguardState::kUnknown ? 1 : 0);
           }},
    Metric{"purposewatch_safeguard_checked_timestamp_seconds", Gauge, "safeguard, kind, clause",
           "When it was looked at last; 0 when never",
           [](Series& series, const Source& of) {
             for (const SafeguardHealth& safeguard : of.health.safeguards)
               add(series, safeguard, safeguard.checked_timestamp);
           }},
    Metric{"purposewatch_hook_up", Gauge, "hook, backend", "1 when the hook is attached in the kernel",
           [](Series& series, const Source& of) {
             for (const HookHealth& hook : of.health.hooks)
               series.add({{"hook", hook.hook}, {"backend", hook.backend}}, hook.up ? 1 : 0);
           }},
    Metric{"purposewatch_hook_fired_timestamp_seconds", Gauge, "hook",
           "When the hook was last seen firing; 0 when never",
           [](Series& series, const Source& of) {
             for (const HookHealth& hook : of.health.hooks)
               series.add({{"hook", hook.hook}}, hook.fired_timestamp);
           }},
    Metric{"purposewatch_canary_success_timestamp_seconds", Gauge, "",
           "When the canary came back last from every way to a store; 0 when never",
           [](Series& series, const Source& of) { series.add(of.health.canary_success_timestamp); }},
    Metric{"purposewatch_canary_latency_seconds", Histogram, "",
           "From an access of the canary, in the kernel, until the agent knew of it",
           [](Series& series, const Source& of) { series.add(of.health.canary_seconds); }},
    Metric{"purposewatch_events_seen_total", Counter, "", "Accesses that the kernel sent up to be judged",
           [](Series& series, const Source& of) { series.add(as_double(of.health.seen)); }},
    Metric{"purposewatch_events_delivered_total", Counter, "",
           "Of those seen, the ones that were told as a finding or permitted late: seen = delivered + "
           "suppressed + lost",
           [](Series& series, const Source& of) { series.add(as_double(of.health.delivered)); }},
    Metric{"purposewatch_events_lost_total", Counter, "stage",
           "Events that were lost, by the place that lost them",
           [](Series& series, const Source& of) {
             for (const StageLoss& loss : of.health.lost)
               series.add({{"stage", loss.stage}}, as_double(loss.value));
           }},
    Metric{"purposewatch_tampering_total", Counter, "what",
           "What was done to the agent: signals, hooks silenced, its files changed (the runbook has each)",
           [](Series& series, const Source& of) {
             for (const TamperingCount& count : of.health.tampering)
               series.add({{"what", count.what}}, as_double(count.value));
           }},
    Metric{"purposewatch_events_suppressed_total", Counter, "store",
           "Accesses that a finding stands for besides one: repeats, told by their count",
           [](Series& series, const Source& of) {
             for (const StoreHealth& store : of.health.stores)
               series.add({{"store", store.store}}, as_double(store.suppressed));
           }},
    Metric{"purposewatch_evidence_records_total", Counter, "",
           "Records of the evidence that are on the disk: the sequence number of the last one",
           [](Series& series, const Source& of) {
             if (of.health.evidence) series.add(as_double(of.health.evidence->records));
           }},
    Metric{"purposewatch_evidence_head", Gauge, "",
           "First 53 bits of the hash chain at that record: to have scraped it is to be its witness",
           [](Series& series, const Source& of) {
             if (of.health.evidence) series.add(as_double(of.health.evidence->head));
           }},
    Metric{"purposewatch_evidence_sync_seconds", Histogram, "",
           "Time to write a batch of records and have it on the disk",
           [](Series& series, const Source& of) {
             if (of.health.evidence) series.add(of.health.evidence->sync_seconds);
           }},
    Metric{"purposewatch_evidence_writable", Gauge, "",
           "0 when records cannot be written: they are kept in memory, as far as they fit",
           [](Series& series, const Source& of) {
             if (of.health.evidence) series.add(of.health.evidence->is_writable ? 1 : 0);
           }},
    Metric{"purposewatch_evidence_filesystem_avail_bytes", Gauge, "",
           "Bytes that the evidence still has room for",
           [](Series& series, const Source& of) {
             if (of.health.evidence) series.add(as_double(of.health.evidence->free_bytes));
           }},
    Metric{"purposewatch_evidence_filesystem_size_bytes", Gauge, "", "Bytes of the evidence's file system",
           [](Series& series, const Source& of) {
             if (of.health.evidence) series.add(as_double(of.health.evidence->total_bytes));
           }},
    Metric{"purposewatch_alert_deliveries_total", Counter, "result",
           "Times that an Alertmanager was told of incidents directly: success or failure",
           [](Series& series, const Source& of) {
             if (!of.health.paging) return;
             series.add({{"result", "success"}}, as_double(of.health.paging->successes));
             series.add({{"result", "failure"}}, as_double(of.health.paging->failures));
           }},
    Metric{"purposewatch_denied_opens_total", Counter, "",
           "Opens of client data that the kernel refused; these are no accesses",
           [](Series& series, const Source& of) { series.add(as_double(of.health.denied_opens)); }},
    Metric{"purposewatch_ring_used_bytes", Gauge, "", "Bytes that wait in the ring between kernel and agent",
           [](Series& series, const Source& of) { series.add(as_double(of.health.ring_used_bytes)); }},
    Metric{"purposewatch_map_entries", Gauge, "map", "Entries in the kernel table",
           [](Series& series, const Source& of) {
             for (const MapHealth& map : of.health.maps)
               series.add({{"map", map.map}}, as_double(map.entries));
           }},
    Metric{"purposewatch_map_capacity", Gauge, "map", "Entries that the kernel table has room for",
           [](Series& series, const Source& of) {
             for (const MapHealth& map : of.health.maps)
               series.add({{"map", map.map}}, as_double(map.capacity));
           }},
    Metric{"purposewatch_bpf_run_seconds_total", Counter, "program",
           "Time spent in the kernel program; 0 unless kernel.bpf_stats_enabled is set",
           [](Series& series, const Source& of) {
             for (const ProgramHealth& program : of.health.programs)
               series.add({{"program", program.program}}, program.run_seconds);
           }},
    Metric{"purposewatch_config_last_reload_successful", Gauge, "",
           "0 when the last policy that was offered was refused and the earlier one is still in force",
           [](Series& series, const Source& of) { series.add(of.health.reload_successful ? 1 : 0); }},
    Metric{"purposewatch_config_last_reload_success_timestamp_seconds", Gauge, "",
           "When a policy was last accepted",
           [](Series& series, const Source& of) { series.add(of.health.reload_success_timestamp); }},
    Metric{"process_cpu_seconds_total", Counter, "", "User and system CPU time of the agent",
           [](Series& series, const Source& of) { series.add(of.process.cpu_seconds); }},
    Metric{"process_start_time_seconds", Gauge, "", "When the agent started",
           [](Series& series, const Source& of) { series.add(of.process.start_time); }},
    Metric{"process_virtual_memory_bytes", Gauge, "", "Virtual memory size of the agent",
           [](Series& series, const Source& of) { series.add(as_double(of.process.virtual_bytes)); }},
    Metric{"process_resident_memory_bytes", Gauge, "", "Resident memory size of the agent",
           [](Series& series, const Source& of) { series.add(as_double(of.process.resident_bytes)); }},
    Metric{"process_threads", Gauge, "", "Threads of the agent",
           [](Series& series, const Source& of) { series.add(as_double(of.process.threads)); }},
    Metric{"process_open_fds", Gauge, "", "Open file descriptors of the agent",
           [](Series& series, const Source& of) { series.add(as_double(of.process.open_fds)); }},
    Metric{"process_max_fds", Gauge, "", "Most file descriptors that the agent may open",
           [](Series& series, const Source& of) { series.add(as_double(of.process.max_fds)); }},
};

}  // namespace

std::span<const Metric> metrics() {
  return kMetrics;
}

std::string metrics_reference() {
  std::string out =
      "# Metrics\n\nWhat `/metrics` serves. Labels come from the policy and the agent alone: no client, "
      "person or path "
      "is among them.\n\n"
      "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n";
  for (const Metric& metric : kMetrics) {
    out.append("| `").append(metric.name).append("` | ");
    out.append(name_of(metric.type)).append(" | ");
    out.append(metric.labels).append(metric.labels.empty() ? "| " : " | ").append(metric.help).append(" |\n");
  }
  return out;
}

}  // namespace purposewatch

// Reports that several tests speak of: one with something in every section.
#pragma once

#include "exporters/report/clauses.h"
#include "exporters/report/report.h"

namespace purposewatch {

inline constexpr std::int64_t kDayNs = 86'400'000'000'000;
inline constexpr std::int64_t kSampleNs = 1'763'856'000'000'000'000;  // 2025-11-23, midnight

inline EvidenceCheck sound_evidence() {
  EvidenceCheck evidence;
  evidence.segments = 3;
  evidence.bytes = 33'554'432;
  evidence.first = 1;
  evidence.last = evidence.signed_up_to = 12'345;
  evidence.checkpoints = 900;
  evidence.keys = 41;
  evidence.blanked = 2;
  evidence.first_wall_ns = kSampleNs;
  evidence.last_wall_ns = kSampleNs + 3 * kDayNs;
  evidence.chain = std::string(62, 'a') + "01";
  evidence.first_key = std::string(62, 'b') + "02";
  return evidence;
}

inline IncidentReport open_incident() {
  IncidentReport incident;
  incident.id = "0123456789abcdef";
  incident.store = "client-mail";
  incident.reason = "unknown-service";
  incident.clause = "P7";
  incident.who = {.person = "alice", .acts_as = "root", .program = "/usr/bin/cat", .service = ""};
  incident.accesses = 3;
  incident.clients = 2;
  incident.first_ns = kSampleNs + kDayNs / 2;
  incident.last_ns = kSampleNs + kDayNs / 2 + 60'000'000'000;
  incident.first_record = 1'017;
  return incident;
}

inline IncidentReport reviewed_incident() {
  IncidentReport incident = open_incident();
  incident.id = "fedcba9876543210";
  incident.store = "client-sites";
  incident.reason = "access-kind";
  incident.clause = "P3";
  incident.who = {.person = "backup", .acts_as = "", .program = "/usr/bin/restic", .service = "backup"};
  incident.accesses = 1'204;
  incident.clients = 256;
  incident.clients_are_more = true;
  incident.review = {.is_open = false,
                     .disposition = "mistake",
                     .severity = "page",
                     .reference = "T-4711",
                     .by = "carol",
                     .changed_ns = kSampleNs + 2 * kDayNs};
  return incident;
}

inline GrantReport used_grant() {
  GrantReport grant;
  grant.id = "g-0123456789ab";
  grant.who = "dave";
  grant.store = "client-mail";
  grant.purpose = "legal-process";
  grant.clause = "P7";
  grant.reference = "WARRANT-7";
  grant.approved_by = "carol";
  grant.requested_by = "dave";
  grant.state = "expired";
  grant.access = {"read", "list"};
  grant.clients = 1;
  grant.given_ns = kSampleNs + kDayNs;
  grant.ended_ns = grant.expires_ns = kSampleNs + kDayNs + kDayNs / 12;
  grant.granted = 12;
  grant.flagged = 1;
  return grant;
}

inline GrantReport broken_glass() {
  GrantReport grant = used_grant();
  grant.id = "g-ba9876543210";
  grant.approved_by.clear();
  grant.is_break_glass = true;
  grant.purpose = "protect-interests";
  grant.clause = "P6";
  grant.reference = "T-4712";
  grant.state = "given";
  grant.ended_ns = 0;
  grant.granted = grant.flagged = 0;
  return grant;
}

inline SafeguardReport flapping_safeguard() {
  SafeguardReport safeguard;
  safeguard.name = "backup-fresh";
  safeguard.kind = "loss";
  safeguard.clause = "P3";
  const auto at = [](std::int64_t hours) { return kSampleNs + hours * kDayNs / 24; };
  safeguard.spans = {
      {.state = SafeguardState::kUnknown, .from_ns = at(0), .to_ns = at(1), .why = "not looked at yet"},
      {.state = SafeguardState::kOk, .from_ns = at(1), .to_ns = at(30), .why = ""},
      {.state = SafeguardState::kViolated,
       .from_ns = at(30),
       .to_ns = at(36),
       .why = "the last one is 30 h old"},
      {.state = SafeguardState::kOk, .from_ns = at(36), .to_ns = at(72), .why = "the last one is 2 h old"}};
  return safeguard;
}

inline SafeguardReport steady_safeguard(const std::string& name, const std::string& kind,
                                        SafeguardState state) {
  SafeguardReport safeguard;
  safeguard.name = name;
  safeguard.kind = kind;
  safeguard.clause = "P3";
  safeguard.spans = {{.state = state,
                      .from_ns = kSampleNs,
                      .to_ns = kSampleNs + 3 * kDayNs,
                      .why = "as it was at the start"}};
  return safeguard;
}

inline PurposeUse purpose_use(const std::string& purpose, const std::string& clause,
                              std::uint64_t permitted) {
  PurposeUse use;
  use.purpose = purpose;
  use.clause = clause;
  use.permitted = permitted;
  use.by_service.rows = {{.service = "imap", .store = "client-mail", .permitted = permitted, .granted = 0}};
  return use;
}

inline Report head_of_report() {
  Report report;
  report.made_ns = kSampleNs + 3 * kDayNs + 1'000'000'000;
  report.version = "0.1.0";
  report.host_name = "web1";
  report.host_id = "0a1b2c3d";
  report.period.first_ns = kSampleNs;
  report.period.last_ns = kSampleNs + 3 * kDayNs;
  report.policy = PolicyIdentity{"mmshosting-privacy", "2011-04-24", std::string(64, 'd')};
  report.in_force = report.policy;
  report.evidence = sound_evidence();
  report.records = 1'300;
  report.accesses = {.permitted = 1'234'567, .granted = 12, .flagged = 1'207};
  report.open_incidents = 1;
  report.lost = {{"ring", 5}};
  report.happenings.rows = {
      {.wall_ns = kSampleNs,
       .record = 1,
       .kind = "start",
       .what = "the agent 0.1.0 began to watch by lsm, with policy mmshosting-privacy version 2011-04-24",
       .is_trouble = false},
      {.wall_ns = kSampleNs + kDayNs,
       .record = 400,
       .kind = "gap",
       .what = "5 events were lost: 5 at ring",
       .is_trouble = true},
      {.wall_ns = kSampleNs + 3 * kDayNs,
       .record = 12'345,
       .kind = "stop",
       .what = "the agent stopped, as it was told to",
       .is_trouble = false}};
  report.grants.rows = {broken_glass(), used_grant()};
  return report;
}

inline Report sample_report() {
  Report report = head_of_report();
  report.permitted_is_recorded = true;
  report.permitted_since_ns = kSampleNs;
  for (const ClauseTitle& title : kClauseTitles) {
    ClauseReport clause;
    clause.id = title.id;
    clause.title = title.title;
    clause.promise = title.promise;
    clause.protections = {
        "Purpose requested-service: 21 services in 9 stores have permits, whoever else acts is flagged"};
    report.clauses.push_back(clause);
  }
  report.clauses[2].accesses.flagged = 1'204;
  report.clauses[2].incidents = 1;
  report.clauses[2].safeguards_ok = 2;
  report.clauses[2].safeguards_unknown = 1;
  report.clauses[3].accesses.permitted = 1'234'567;
  report.clauses[6].accesses = {.permitted = 0, .granted = 12, .flagged = 3};
  report.clauses[6].incidents = report.clauses[6].open_incidents = report.clauses[6].grants = 1;
  report.clauses[7].protections.clear();
  PurposeUse legal = purpose_use("legal-process", "P7", 0);
  legal.needs_grant = true;
  legal.granted = 12;
  legal.by_service.rows = {{.service = "", .store = "client-mail", .permitted = 0, .granted = 12}};
  report.purposes = {purpose_use("protect-from-loss", "P3", 4'567),
                     purpose_use("requested-service", "P4", 1'230'000), legal};
  report.incidents.rows = {open_incident(), reviewed_incident()};
  report.disclosures.rows = {{.kind = "copy",
                              .to = "/tmp/x",
                              .store = "client-mail",
                              .verdict = "flagged",
                              .who = open_incident().who,
                              .count = 1,
                              .first_ns = kSampleNs + kDayNs / 2,
                              .last_ns = kSampleNs + kDayNs / 2,
                              .first_record = 1'018},
                             {.kind = "network",
                              .to = "tcp 192.0.2.1:22",
                              .store = "client-sites",
                              .verdict = "permitted",
                              .who = reviewed_incident().who,
                              .count = 72,
                              .first_ns = kSampleNs,
                              .last_ns = kSampleNs + 3 * kDayNs,
                              .first_record = 40}};
  report.safeguards.rows = {flapping_safeguard(),
                            steady_safeguard("disk-healthy", "loss", SafeguardState::kOk),
                            steady_safeguard("secure-boot", "electronic", SafeguardState::kUnknown)};
  return report;
}

inline ClientAccess client_access(std::uint64_t record) {
  ClientAccess access;
  access.record = record;
  access.first_ns = access.last_ns = kSampleNs + kDayNs / 2;
  access.kind = "read";
  access.store = "client-mail";
  access.place = "bob/cur/1";
  access.who = {.person = "alice", .acts_as = "root", .program = "/usr/bin/cat", .service = ""};
  access.verdict = "flagged";
  access.reason = "unknown-service";
  access.clause = "P7";
  access.incident = "0123456789abcdef";
  return access;
}

inline Report sample_client_report() {
  Report report = head_of_report();
  report.client = "bob";
  report.accesses = {.permitted = 0, .granted = 12, .flagged = 1};
  report.records = 2;
  report.grants.rows = {used_grant()};
  report.happenings.rows[1].what = "5 events were lost";
  ClientAccess granted = client_access(1'018);
  granted.verdict = "granted";
  granted.who = {.person = "dave", .acts_as = "", .program = "/usr/bin/less", .service = ""};
  granted.reason.clear();
  granted.incident.clear();
  granted.purpose = "legal-process";
  granted.grant = "g-0123456789ab";
  granted.reference = "WARRANT-7";
  granted.count = 12;
  granted.last_ns += 1'000'000'000;
  report.client_accesses.rows = {client_access(1'017), granted};
  return report;
}

}  // namespace purposewatch

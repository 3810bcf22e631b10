// An incident, and who is told of it, for tests.
#pragma once

#include "exporters/alertmanager/incident_alert.h"
#include "rules/model/incident.h"

namespace purposewatch {

inline Incident sample_incident() {
  Incident incident;
  incident.id = "00000000000000aa";
  incident.store = "client-mail";
  incident.reason = "unknown-service";
  incident.who = "mallory";
  incident.executable = "/usr/bin/less";
  incident.count = 1;
  incident.first_wall_ns = incident.last_wall_ns = incident.opened_wall_ns = 1'763'912'345'000'000'000;
  incident.severity = Severity::kCritical;
  incident.severities = mask_of(Severity::kCritical);
  incident.threats = mask_of(Threat::kMisuse);
  incident.clause = "P7";
  incident.client = "alice";
  return incident;
}

inline void review(Incident& incident, std::int64_t wall_ns) {
  incident.is_open = false;
  incident.disposition = Disposition::kMistake;
  incident.reviewed_wall_ns = wall_ns;
}

inline IncidentAlertSettings sample_alert_settings() {
  return {.labels = {{"instance", "web1:9807"}},
          .generator_url = "http://web1:9807/status",
          .runbook_url = "https://prometheus/consoles/purposewatch-runbook.html",
          .pseudonym = [](const std::string& client) { return "pseudonym of " + client; }};
}

}  // namespace purposewatch

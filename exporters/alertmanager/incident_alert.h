// An incident as an alert: who is paged for it, and what it tells them.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "exporters/alertmanager/alert.h"
#include "rules/model/alert_detail.h"
#include "rules/model/incident.h"

namespace purposewatch {

struct IncidentAlertSettings {
  // On every alert, in place of our own of the same name. `instance` is what Prometheus calls this agent: its
  // own alerts of the same instance and store are then held back by this one.
  std::map<std::string, std::string> labels;
  std::string generator_url;
  std::string runbook_url;  // of the page that has a section for it; empty: nobody knows
  AlertDetails details = kUsualAlertDetails;
  std::function<std::string(const std::string& client)> pseudonym;  // thread-safe
};

inline constexpr const char* kIncidentAlertName = "PurposewatchIncident";

// Labels: alertname, severity, clause, store, reason, incident and the settings'; the same for the same
// incident as long as its severity is. Annotations change only where a person would read them again: with
// every tenfold of accesses. Its end is not set.
Alert incident_alert(const Incident& incident, const IncidentAlertSettings& settings);

}  // namespace purposewatch

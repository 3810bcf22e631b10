#include "exporters/alertmanager/incident_alert.h"

#include <fmt/format.h>

#include <string_view>

#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

// 1, 10, 100, ...: the greatest that is not above.
std::uint64_t power_of_ten_of(std::uint64_t number) {
  std::uint64_t power = 1;
  for (; number >= 10; number /= 10) power *= 10;
  return power;
}

std::string how_many(std::uint64_t accesses) {
  const std::uint64_t least = power_of_ten_of(accesses);
  return least == 1 ? "An access" : fmt::format("At least {} accesses", least);
}

std::string whose(const Incident& incident, const IncidentAlertSettings& settings) {
  if (incident.client.empty()) return "";
  std::string client;
  if (settings.details & mask_of(AlertDetail::kClient))
    client = incident.client;
  else if (settings.details & mask_of(AlertDetail::kClientPseudonym))
    client = settings.pseudonym(incident.client);
  if (!client.empty() && incident.has_more_clients) client += " and others";
  return client;
}

// What a person types to know the rest, and when they do.
std::string what_to_do(const Incident& incident) {
  if (incident.reason == kTooManyIncidents)
    return fmt::format(
        "More incidents are open than are told one by one. Which: on the host, `purposewatch review`, "
        "and what came since: `purposewatch events --store {} --since {} --verdict flagged`. Once they are "
        "reviewed, `purposewatch review {} --disposition WHAT --reference TICKET` ends this alert.",
        incident.store, rfc3339(incident.opened_wall_ns), incident.id);
  return fmt::format(
      "Who, what and how: on the host, `purposewatch events --incident {}`. Once you know what it "
      "was: `purposewatch review {} --disposition WHAT --reference TICKET`, which ends this alert.",
      incident.id, incident.id);
}

void set(std::map<std::string, std::string>& to, const char* name, std::string text) {
  if (!text.empty()) to[name] = std::move(text);
}

}  // namespace

Alert incident_alert(const Incident& incident, const IncidentAlertSettings& settings) {
  Alert alert;
  set(alert.labels, "alertname", kIncidentAlertName);
  set(alert.labels, "severity", std::string(name_of(incident.severity)));
  set(alert.labels, "clause", incident.clause);
  set(alert.labels, "store", incident.store);
  set(alert.labels, "reason", incident.reason);
  set(alert.labels, "incident", incident.id);
  for (const auto& [name, value] : settings.labels) alert.labels[name] = value;
  const std::string instance = alert.labels["instance"];
  set(alert.annotations, "summary",
      fmt::format("{} {} on {}: {}", incident.store.empty() ? "client data" : incident.store,
                  fmt::join(names_of(incident.threats), " and "), instance, incident.reason));
  set(alert.annotations, "description",
      fmt::format("{} that no purpose covers. {}", how_many(incident.accesses()), what_to_do(incident)));
  if (!settings.runbook_url.empty())
    set(alert.annotations, "runbook_url", settings.runbook_url + "#purposewatchincident");
  set(alert.annotations, "client", whose(incident, settings));
  if (settings.details & mask_of(AlertDetail::kPerson)) set(alert.annotations, "person", incident.who);
  if (settings.details & mask_of(AlertDetail::kExecutable))
    set(alert.annotations, "executable", incident.executable);
  alert.starts_wall_ns = incident.opened_wall_ns;
  alert.generator_url = settings.generator_url;
  return alert;
}

}  // namespace purposewatch

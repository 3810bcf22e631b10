#include "agent/daemon/alert_settings.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "agent/paging/pseudonym.h"

namespace purposewatch {

IncidentAlertSettings alert_settings(const DaemonOptions& options, const std::string& host,
                                     const std::string& own_url, AlertDetails details) {
  auto pseudonyms = Pseudonyms::open(options.state_dir + "/pseudonym.key");
  if (!pseudonyms) spdlog::error("alerts name no clients: {}", pseudonyms.error().message);
  const std::string instance = host + own_url.substr(own_url.rfind(':'));
  IncidentAlertSettings alerts;
  alerts.labels = options.alert_labels;
  alerts.labels.try_emplace("instance", instance);
  alerts.generator_url = own_url.substr(0, own_url.find("://") + 3) + instance + "/status";
  alerts.runbook_url = options.runbook_url;
  alerts.details = std::move(details);
  alerts.pseudonym = [names = std::move(pseudonyms)](const std::string& client) {
    return names ? names->of_client(client) : "";
  };
  return alerts;
}

}  // namespace purposewatch

// What alerts of incidents carry besides the incident: labels, links, names.
#pragma once

#include <string>

#include "agent/daemon/daemon.h"
#include "agent/paging/outbox.h"

namespace purposewatch {

// own_url: SCHEME://ADDRESS:PORT of this agent's pages.
IncidentAlertSettings alert_settings(const DaemonOptions& options, const std::string& host,
                                     const std::string& own_url, AlertDetails details);

}  // namespace purposewatch

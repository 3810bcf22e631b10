// What the agent knows of itself, for the safeguards and the service manager that ask for it.
#pragma once

#include <map>
#include <string>

#include "agent/daemon/service_manager.h"
#include "agent/flow/agent.h"
#include "agent/grants/grant_book.h"
#include "agent/safeguards/safeguard.h"
#include "exporters/http/web_server.h"
#include "rules/model/incident.h"

namespace purposewatch {

AgentFacts facts_of(const Agent& agent, const WebServer& web, const GrantBook& grants,
                    const std::map<std::string, Incident>& incidents);
ServiceManager::Look look_at(const Agent& agent);

}  // namespace purposewatch

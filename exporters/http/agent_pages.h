// The pages of the agent: metrics, landing page, and Prometheus' management API.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exporters/http/route.h"
#include "rules/base/result.h"
#include "rules/model/health.h"

namespace purposewatch {

// Every function is called on the server's threads, possibly on several at once.
struct AgentPages {
  std::string version;
  std::function<std::string()> metrics;  // text format 0.0.4; empty: cannot be had now
  std::function<Health()> health;
  std::function<Result<void>()> reload;  // returns when the new policy is in force, or was refused
  bool lifecycle = false;                // --web.enable-lifecycle: may reload be asked for over HTTP?
};

// /metrics · / · /-/healthy · /-/ready · /-/reload
std::vector<Route> agent_routes(AgentPages pages);

// The landing page alone.
std::string landing_page(const std::string& version, const Health& health, bool lifecycle);

}  // namespace purposewatch

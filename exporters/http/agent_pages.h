// The pages of the agent: metrics, status, landing page, and Prometheus' management API.
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
  std::string host, version;
  std::function<std::string()> metrics;  // text format 0.0.4; empty: cannot be had now
  std::function<Health()> health;
  std::function<double()> now;           // seconds since the epoch
  std::function<Result<void>()> reload;  // returns when the new policy is in force, or was refused
  bool lifecycle = false;                // --web.enable-lifecycle: may reload be asked for over HTTP?
};

// /metrics · / · /status · /status/still · /-/healthy · /-/ready · /-/reload
std::vector<Route> agent_routes(AgentPages pages);

// What a page is about, and when.
struct PageSubject {
  const std::string& host;
  const std::string& version;
  const Health& health;
  double now = 0;  // seconds since the epoch
};
std::string landing_page(const PageSubject& of, bool lifecycle);
// refreshes: the browser is to load it anew every 30 seconds.
std::string status_page(const PageSubject& of, bool refreshes);

}  // namespace purposewatch

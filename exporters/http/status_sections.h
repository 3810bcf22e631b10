// What the status page tells, one section each. `now` in seconds since the epoch.
#pragma once

#include <string>

#include "rules/model/health.h"

namespace purposewatch {

std::string stores_section(const Health& health, double now);
std::string hooks_section(const Health& health, double now);
std::string losses_section(const Health& health);
std::string evidence_section(const Health& health);
std::string grants_section(const Health& health, double now);
std::string policy_section(const Health& health, double now);
// Empty when the agent itself pages nobody.
std::string paging_section(const Health& health);
// Empty when the policy promises nothing of the host.
std::string safeguards_section(const Health& health);
std::string tables_section(const Health& health);

// "within 5 ms": how long the slowest but one in a hundred took at most; empty when there was none.
std::string latency_text(const Latencies& latencies);

}  // namespace purposewatch

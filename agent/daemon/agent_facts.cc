#include "agent/daemon/agent_facts.h"

#include <fmt/format.h>

#include <string_view>

namespace purposewatch {
namespace {

// url: SCHEME://ADDRESS:PORT
AgentFacts::Listener listener_of(std::string_view url, bool asks_who) {
  const std::string_view address = url.substr(url.find("://") + 3);
  return {.address = std::string(address),
          .is_loopback = address.starts_with("127.") || address.starts_with("[::1]"),
          .is_encrypted = url.starts_with("https://"),
          .asks_who = asks_who};
}

}  // namespace

AgentFacts facts_of(const Agent& agent, const WebServer& web, const GrantBook& grants,
                    const std::map<std::string, Incident>& incidents) {
  AgentFacts facts;
  facts.why_not = agent.why_not_ready();
  facts.sees_everything = facts.why_not.empty();
  for (const std::string& url : web.urls()) facts.listeners.push_back(listener_of(url, web.asks_who()));
  const std::uint64_t now = grants.now().boot_ns;
  for (const StoredGrant& stored : grants.all()) {
    const Grant& grant = stored.grant;
    if (grant.holds_at(now) || (grant.is_break_glass && grant.reviewed_by.empty()))
      facts.grants.push_back(grant);
  }
  for (const auto& [id, incident] : incidents)
    if (incident.is_open) facts.incidents.push_back({id, incident.opened_wall_ns});
  return facts;
}

ServiceManager::Look look_at(const Agent& agent) {
  const auto rules = agent.rules();
  const PolicyIdentity& policy = rules->identity;
  return {agent.why_not_ready(), fmt::format("watching by {}: policy {} {}",
                                             name_of(agent.sensor().backend()), policy.name, policy.version)};
}

}  // namespace purposewatch

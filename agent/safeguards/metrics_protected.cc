#include <fmt/format.h>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/host_files.h"

namespace purposewatch {
namespace {

// Empty: nothing.
std::string what_lacks(const AgentFacts::Listener& listener) {
  if (listener.is_loopback || (listener.is_encrypted && listener.asks_who)) return "";
  if (listener.is_encrypted) return listener.address + " asks nobody who they are";
  if (listener.asks_who) return listener.address + " is not encrypted";
  return listener.address + " is not encrypted and asks nobody who they are";
}

}  // namespace

SafeguardResult check_metrics_protected(const Safeguard&, const HostView& host) {
  std::vector<std::string> lacking;
  std::size_t beyond = 0;
  for (const AgentFacts::Listener& listener : host.agent.listeners) {
    if (!listener.is_loopback) ++beyond;
    if (std::string lack = what_lacks(listener); !lack.empty()) lacking.push_back(std::move(lack));
  }
  if (!lacking.empty())
    return is_violated(some_of(lacking),
                       "Give the agent a --web.config.file with tls_server_config and basic_auth_users (or "
                       "client certificates), or let it listen at 127.0.0.1 alone: --web.listen-address.");
  if (host.agent.listeners.empty())
    return is_unknown("no metrics are served", "Start the agent with --web.listen-address.");
  if (beyond == 0) return is_ok("they are served to this host alone");
  return is_ok("whoever reads them from elsewhere says who they are, encrypted");
}

}  // namespace purposewatch

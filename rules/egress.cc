#include "rules/egress.h"

#include <algorithm>

#include "rules/base/address.h"
#include "rules/base/glob.h"
#include "rules/base/paths.h"
#include "rules/judge.h"

namespace purposewatch {
namespace {

bool is_in_network(const Destination& network, const std::string& address) {
  return is_ipv6(network.name) == is_ipv6(address) && masked_address(address, network.prefix) == network.name;
}

bool is_of_host(const Destination& host, const std::string& address, const HostNames* names) {
  if (!names) return false;
  const auto known = names->find(host.name);
  return known != names->end() && known->second.contains(address);
}

bool is_file(DisclosureKind kind) {
  return kind == DisclosureKind::kCopy || kind == DisclosureKind::kNetworkFile ||
         kind == DisclosureKind::kRemovable;
}

// Known by whose the files are: a client's own process carries its own data, as long as it was permitted all
// that it has read. Of what it got by others, nobody knows whose it is.
bool is_known_by_owner(const Service& service) {
  return service.owner && service.exe.empty();
}

bool has_permit(const RuleSet& rules, std::size_t store, const Subject& subject) {
  return std::any_of(rules.permits.begin(), rules.permits.end(), [&](const Permit& permit) {
    const Service& service = rules.services[permit.service];
    return permit.store == store && !is_known_by_owner(service) &&
           match_service(rules, service, subject, subject.euid) == Reason::kNone;
  });
}

// Of what may be done with data that somebody has a permit for, without a word about where it goes.
bool stays_in_service(const RuleSet& rules, std::size_t store, const Disclosure& disclosure) {
  switch (disclosure.kind) {
    case DisclosureKind::kCopy:
    case DisclosureKind::kDisplay:
      return true;
    case DisclosureKind::kLocal:
      return disclosure.is_answer || (disclosure.peer && has_permit(rules, store, *disclosure.peer));
    case DisclosureKind::kNetwork:
      return disclosure.is_answer;
    case DisclosureKind::kNetworkFile:
    case DisclosureKind::kRemovable:
      return false;
  }
  return false;
}

// names: may be null.
bool leads_to(const Destination& destination, const Disclosure& disclosure, const HostNames* names) {
  const bool is_port = !destination.port || *destination.port == disclosure.port;
  switch (destination.kind) {
    case Destination::Kind::kAnyHost:
      return !disclosure.address.empty() && is_port;
    case Destination::Kind::kHost:
      return !disclosure.address.empty() && is_port && is_of_host(destination, disclosure.address, names);
    case Destination::Kind::kNetwork:
      return !disclosure.address.empty() && is_port && is_in_network(destination, disclosure.address);
    case Destination::Kind::kSocket:
      return disclosure.kind == DisclosureKind::kLocal && !disclosure.path.empty() &&
             glob_matches(destination.name, disclosure.path);
    case Destination::Kind::kFiles:
      return is_file(disclosure.kind) && disclosure.path.starts_with('/') &&
             is_at_or_below(disclosure.path, destination.name);
  }
  return false;
}

bool any_leads_to(const std::vector<Destination>& egress, const Disclosure& disclosure,
                  const HostNames* names) {
  return std::any_of(egress.begin(), egress.end(),
                     [&](const Destination& one) { return leads_to(one, disclosure, names); });
}

bool carries_only_own(const Disclosure& disclosure) {
  return !disclosure.was_told &&
         (disclosure.carried == Carried::kRead || disclosure.carried == Carried::kInherited);
}

// By the permits of services that are known by their owner, or by those of all others.
Egress egress_of(const RuleSet& rules, std::size_t store, const Disclosure& disclosure,
                 const Subject& subject, const HostNames* names, bool by_owner) {
  Egress egress;
  for (const Permit& permit : rules.permits) {
    const Service& service = rules.services[permit.service];
    if (permit.store != store || is_known_by_owner(service) != by_owner) continue;
    const bool is_it = match_service(rules, service, subject, subject.euid) == Reason::kNone;
    if (!is_it && !acts_for(rules, service, subject)) continue;
    if (!egress.permit) egress.permit = &permit;
    if (stays_in_service(rules, store, disclosure) || any_leads_to(permit.egress, disclosure, names))
      return {&permit, true, false};
  }
  egress.is_permitted = egress.is_by_policy = egress.permit && any_leads_to(rules.egress, disclosure, names);
  return egress;
}

}  // namespace

Egress egress_of(const RuleSet& rules, std::size_t store, const Disclosure& disclosure,
                 const Subject& subject, const HostNames* names) {
  const Egress egress = egress_of(rules, store, disclosure, subject, names, /*by_owner=*/false);
  if (egress.permit || !carries_only_own(disclosure)) return egress;
  return egress_of(rules, store, disclosure, subject, names, /*by_owner=*/true);
}

}  // namespace purposewatch

#include "rules/grants.h"

#include <algorithm>

namespace purposewatch {
namespace {

// Names of users, services and stores have no NUL.
std::string key_of(char kind, std::string_view holder, std::string_view store) {
  std::string key(1, kind);
  key += holder;
  key += '\0';
  return key += store;
}

bool covers(const Grant& grant, const Grants::Wanted& wanted) {
  if (!(grant.access & mask_of(wanted.kind))) return false;
  return grant.clients.empty() ||
         std::find(grant.clients.begin(), grant.clients.end(), wanted.client) != grant.clients.end();
}

// The higher, the more it says about why an access is not granted.
int nearness(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return 3;
    case Reason::kOutsideGrant:
      return 2;
    case Reason::kGrantEnded:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

Grants::Grants(std::vector<Grant> grants) : grants_(std::move(grants)) {
  for (std::size_t i = 0; i < grants_.size(); ++i) {
    const Grant& grant = grants_[i];
    by_holder_and_store_[grant.user.empty() ? key_of('s', grant.service, grant.store)
                                            : key_of('u', grant.user, grant.store)]
        .push_back(i);
  }
}

Grants::Found Grants::for_user(const std::string& user, const Wanted& wanted) const {
  return user.empty() ? Found{} : find(key_of('u', user, wanted.store), wanted);
}

Grants::Found Grants::for_service(const std::string& service, const Wanted& wanted) const {
  return find(key_of('s', service, wanted.store), wanted);
}

Grants::Found Grants::find(const std::string& key, const Wanted& wanted) const {
  Found best;
  const auto held = by_holder_and_store_.find(key);
  if (held == by_holder_and_store_.end()) return best;
  for (const std::size_t index : held->second) {
    const Grant& grant = grants_[index];
    const bool fits = covers(grant, wanted);
    Reason reason = Reason::kUnknownService;  // it says nothing
    if (grant.holds_at(wanted.boot_ns))
      reason = fits ? Reason::kNone : Reason::kOutsideGrant;
    else if (fits && wanted.boot_ns >= grant.given_boot_ns)
      reason = Reason::kGrantEnded;
    if (nearness(reason) > nearness(best.reason)) best = {&grant, reason};
  }
  return best;
}

}  // namespace purposewatch

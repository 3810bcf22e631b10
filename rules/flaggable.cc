#include "rules/flaggable.h"

#include <algorithm>
#include <array>

#include "rules/purpose.h"

namespace purposewatch {
namespace {

// From those that an on-call person meets every day to those that need a special rule to occur.
constexpr std::array kReasons = {Reason::kUnknownService, Reason::kAccessKind,    Reason::kNoPermit,
                                 Reason::kTampered,       Reason::kUserMismatch,  Reason::kNotOwner,
                                 Reason::kUnitMismatch,   Reason::kOutsideWindow, Reason::kScriptMismatch,
                                 Reason::kParentMismatch, Reason::kGroupMismatch, Reason::kOverLimit,
                                 Reason::kOutsideGrant,   Reason::kGrantEnded};
// Disclosures have a counter of their own.
static_assert(kReasons.size() == kReasonCount - 2, "all but none and no-egress");

// Of one store, what the permits of one service say.
struct Standing {
  const RuleSet& rules;
  std::size_t store, service;

  template <class Fits>
  bool any_permit(Fits fits) const {
    return std::any_of(rules.permits.begin(), rules.permits.end(), [&](const Permit& permit) {
      return permit.service == service && permit.store == store && fits(permit);
    });
  }
  bool knows_store() const {
    return any_permit([](const Permit&) { return true; });
  }
};

bool can_touch(const Store& store, AccessKind kind) {
  if (store.is_public && (kind == AccessKind::kRead || kind == AccessKind::kList)) return false;
  if (kind == AccessKind::kConnect) return !store.sockets.empty() || !store.ports.empty();
  return kind == AccessKind::kMemory || !store.paths.empty();
}

bool explains(const Standing& standing, AccessKind kind, Reason reason) {
  const Service& service = standing.rules.services[standing.service];
  const bool has_program = !service.exe.empty();
  const bool has_identity = has_program || service.user || service.group || service.unit;
  const auto allows_kind = [kind](const Permit& permit) { return (permit.access & mask_of(kind)) != 0; };
  switch (reason) {
    case Reason::kAccessKind:
      return standing.knows_store() && !standing.any_permit(allows_kind);
    case Reason::kNoPermit:
      return has_identity && !standing.knows_store();
    case Reason::kTampered:
      return has_identity || standing.knows_store();
    case Reason::kOutsideWindow:
      return standing.any_permit(
          [&](const Permit& permit) { return allows_kind(permit) && !permit.windows.empty(); });
    case Reason::kOverLimit:
      return standing.any_permit([&](const Permit& permit) { return allows_kind(permit) && permit.limit; });
    case Reason::kNotOwner:
      return service.owner && (has_program || standing.knows_store());
    case Reason::kUserMismatch:
      return has_program && service.user;
    case Reason::kGroupMismatch:
      return has_program && service.group;
    case Reason::kUnitMismatch:
      return has_program && service.unit;
    case Reason::kScriptMismatch:
      return has_program && !service.script.empty();
    case Reason::kParentMismatch:
      return has_program && !service.parents.empty();
    case Reason::kNone:
    case Reason::kUnknownService:
    case Reason::kOutsideGrant:
    case Reason::kGrantEnded:
    case Reason::kNoEgress:
      break;
  }
  return false;
}

// A grant can be for any purpose that may touch the store.
bool follows_from_grants(const RuleSet& rules, const Store& store, Reason reason) {
  return std::any_of(rules.purposes.begin(), rules.purposes.end(), [&](const Purpose& purpose) {
    if (!may_touch(purpose, store)) return false;
    if (reason == Reason::kOverLimit) return purpose.limit.has_value();
    return reason == Reason::kOutsideGrant || reason == Reason::kGrantEnded;
  });
}

bool can_be_flagged(const RuleSet& rules, std::size_t store, AccessKind kind, Reason reason) {
  if (reason == Reason::kUnknownService || follows_from_grants(rules, rules.stores[store], reason))
    return true;
  for (std::size_t service = 0; service < rules.services.size(); ++service)
    if (explains({rules, store, service}, kind, reason)) return true;
  return false;
}

}  // namespace

std::vector<Flaggable> flaggable(const RuleSet& rules) {
  std::vector<Flaggable> all;
  for (const Reason reason : kReasons)
    for (std::size_t store = 0; store < rules.stores.size(); ++store)
      for (std::size_t i = 0; i < kAccessKindCount; ++i)
        if (const auto kind = static_cast<AccessKind>(i);
            can_touch(rules.stores[store], kind) && can_be_flagged(rules, store, kind, reason))
          all.push_back({rules.stores[store].name, kind, reason});
  return all;
}

}  // namespace purposewatch

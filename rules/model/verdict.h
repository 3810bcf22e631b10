// A verdict: what the policy says about an access, and why.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rules/base/enum_name.h"

namespace purposewatch {

enum class Outcome : std::uint8_t {
  kNoStore,    // not client data (or excepted): nothing to say
  kPermitted,  // a permit, or a class that is public, covers it
  kFlagged,    // client data, and nothing covers it
  kGranted,    // no permit, but a grant covers it
};

// Why an access was flagged. The words are metric labels: few, and never from events.
enum class Reason : std::uint8_t {
  kNone,            // permitted
  kUnknownService,  // the program is no service of the policy
  kScriptMismatch,  // a service by its executable, but not started to run that service's script
  kUserMismatch,    // a service by its executable and script, but under another user
  kGroupMismatch,   // a service by all that, but under another group
  kUnitMismatch,    // a service by all that, but outside its unit
  kParentMismatch,  // a service by all that, but what started it was not the service that has to be
  kNotOwner,        // an `owner: true` service touched a file that belongs to someone else
  kNoPermit,        // the service has no permit for this store
  kAccessKind,      // the service may use this store, but not in this way
  kTampered,        // would be a service, but something wrote into it or made it load foreign code
  kOutsideWindow,   // the service has a permit for it, but not at this time
  kOutsideGrant,    // the person or service has a grant for this store, but not for this client or kind
  kGrantEnded,      // the person or service had a grant for it
  kOverLimit,       // there is a permit or a grant for it, but so much was done under it already
  kNoEgress,        // of a disclosure: no permit says that what was read may go there
};
inline constexpr std::size_t kReasonCount = 16;
inline constexpr std::array<std::string_view, kReasonCount> kReasonNames = {
    "none",           "unknown-service", "script-mismatch", "user-mismatch",
    "group-mismatch", "unit-mismatch",   "parent-mismatch", "not-owner",
    "no-permit",      "access-kind",     "tampered",        "outside-window",
    "outside-grant",  "grant-ended",     "over-limit",      "no-egress"};
constexpr std::string_view name_of(Reason reason) {
  return kReasonNames[static_cast<std::size_t>(reason)];
}
constexpr std::optional<Reason> reason_named(std::string_view name) {
  return enum_named<Reason>(kReasonNames, name);
}
constexpr std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, 4> names = {"no-store", "permitted", "flagged", "granted"};
  return names[static_cast<std::size_t>(outcome)];
}

struct Verdict {
  Outcome outcome = Outcome::kNoStore;
  Reason reason = Reason::kNone;
  // Names as the policy has them; empty where they do not apply.
  std::string store;
  std::string client;                           // raw bytes of the {client} component
  std::map<std::string, std::string> captures;  // other captures, raw bytes
  std::string service;  // the service that acted; for flagged: the nearest one, if any
  std::string permit;   // that covers it; for outside-window: that would, at another time
  std::string purpose;
  std::string clause;  // permitted and granted: the purpose's; flagged: the clause that is broken
  std::string grant;   // granted: its id; flagged: the id of the one that came nearest, if any did
};

}  // namespace purposewatch

// judge: the definition of what is permitted. Pure: no clock, no log, no I/O. The kernel's tables are a sound
// cache of this function (DESIGN: they may say "permitted" only where it would).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/egress.h"
#include "rules/grants.h"
#include "rules/language/rule_set.h"
#include "rules/model/access.h"
#include "rules/model/subject.h"
#include "rules/model/verdict.h"

namespace purposewatch {

struct StoreMatch {
  std::size_t store = 0;  // index into RuleSet::stores
  std::string pattern;    // the path, socket or port of the store, as written; empty: not found by one
  std::string client;
  std::map<std::string, std::string> captures;  // others than client
};

// Which store a file's path belongs to, if any. A path under an `except` pattern belongs to none.
std::optional<StoreMatch> match_store(const RuleSet& rules, std::string_view path);
// Likewise, whose a unix socket is.
std::optional<StoreMatch> match_socket(const RuleSet& rules, std::string_view path);

// Which store an access is to: the one that the kernel found where there is no path to go by; for a connect
// the one whose socket or port it is (a socket that merely lies in a store is none of its data); else the
// path's.
std::optional<StoreMatch> match_access(const RuleSet& rules, const Access& access);

// Does this subject, on a file of this owner, act as this service? kNone: yes; otherwise the first condition
// that fails, in the order executable, script, user, group, unit, parent, owner. Of whom all hold, and who
// was tampered with, it is kTampered. `rules`: of the policy that the service is in, for its parents.
Reason match_service(const RuleSet& rules, const Service& service, const Subject& subject,
                     std::optional<std::uint32_t> owner_uid);

// Is the process, or was one above it, started as that service, as far as can be told of one above: by its
// executable or script, and by the user, group and unit that this one still has?
bool acts_for(const RuleSet& rules, const Service& service, const Subject& subject);

// When an access is judged: the moment at which it happened.
struct Now {
  Now(std::int64_t at_wall_ns, std::uint64_t at_boot_ns = 0, const Grants* given = nullptr,
      const HostNames* known = nullptr)
      : wall_ns(at_wall_ns), boot_ns(at_boot_ns), grants(given), names(known) {}
  std::int64_t wall_ns;    // nanoseconds since the epoch: decides about windows
  std::uint64_t boot_ns;   // nanoseconds of boot time: decides about grants
  const Grants* grants;    // null: there are none
  const HostNames* names;  // of the hosts in `egress:`; null: none is known
};

Verdict judge(const RuleSet& rules, const Access& access, const Subject& subject, const Now& now);

}  // namespace purposewatch

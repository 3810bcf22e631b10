// Where client data may go, and as what it goes there.
#pragma once

#include <map>
#include <set>
#include <string>

#include "rules/language/rule_set.h"
#include "rules/model/disclosure.h"
#include "rules/model/subject.h"

namespace purposewatch {

// The addresses (normal, rules/base/address.h) that host names stand for, or did lately.
using HostNames = std::map<std::string, std::set<std::string>>;

// A way out, as a permit sees it.
struct Egress {
  const Permit* permit = nullptr;  // that lets it go, or else one by which the data was read; null: none
  bool is_permitted = false;
  bool is_by_policy = false;  // not the permit's own destinations let it go, but those of the whole policy
};

// By the permits of the services that the process is, or was started by, on a store (an index into
// RuleSet::stores). Whoever has one may answer whoever came to it, copy within the host's own file systems,
// show it on a terminal, and hand it to a service that has a permit for the store, too. names: may be null.
Egress egress_of(const RuleSet& rules, std::size_t store, const Disclosure& disclosure,
                 const Subject& subject, const HostNames* names);

}  // namespace purposewatch

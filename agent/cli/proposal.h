// What was flagged, as a piece of policy to think about: services that were seen, and the permits they would
// need, without a purpose, since that is for a person to say.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>

#include "rules/language/rule_set.h"

namespace purposewatch {

class Proposal {
 public:
  // rules: the policy that the proposal would be added to. They must outlive it.
  explicit Proposal(const RuleSet& rules) : rules_(rules) {}

  // Of an event that is no flagged finding nothing is learnt.
  void add(const nlohmann::json& event);

  std::uint64_t accesses() const { return accesses_; }
  // YAML that the checker accepts beside the policy: the services are there, the permits commented out. Any
  // bytes of events become visible text.
  std::string text() const;

 private:
  struct Actor {
    std::string service;  // of the policy, which lacks a permit; or else
    std::string exe, script, user, unit;
    auto operator<=>(const Actor&) const = default;
  };
  struct Seen {
    AccessMask kinds = 0;
    std::uint64_t accesses = 0;
    std::string first, last;  // times, RFC 3339
    std::set<std::string> clients;
    void add(AccessMask more_kinds, std::uint64_t count, const std::string& time, const std::string& client);
  };

  std::string name_for(const Actor& actor, std::set<std::string>& taken) const;

  const RuleSet& rules_;
  std::map<Actor, std::map<std::string, Seen>> seen_;  // by store
  std::uint64_t accesses_ = 0;
};

}  // namespace purposewatch

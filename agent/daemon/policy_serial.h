// Policies that are signed only go forward: an old one stays signed, but is not taken once a later one was in
// force.
#pragma once

#include <string>

#include "rules/base/result.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

// STATE/policy-serial.json, the last one that was in force: {"serial": 7, "digest": "..."}
class PolicySerial {
 public:
  explicit PolicySerial(const std::string& state_dir) : file_(state_dir + "/policy-serial.json") {}

  // An error: a later one was in force, or another one by the same serial; or that cannot be known. rules:
  // with a serial.
  Result<void> may_take(const RuleSet& rules) const;
  Result<void> remember(const RuleSet& rules) const;

 private:
  std::string file_;
};

}  // namespace purposewatch

// The policy that the agent was told to take, read anew at each reload.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/daemon/policy_serial.h"
#include "rules/base/result.h"
#include "rules/language/policy_key.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

class PolicySource {
 public:
  // paths: files and directories. key_file: whose signature they must have, and a serial; empty: they need
  // neither.
  PolicySource(std::vector<std::string> paths, std::string key_file, const std::string& state_dir)
      : paths_(std::move(paths)), key_file_(std::move(key_file)), serial_(state_dir) {}

  // Before all else: reads the key, once, so that who exchanges it later exchanges nothing.
  Result<void> open();
  // Of files that are root's or this process's user's alone. Every diagnostic goes to the log; the first
  // error is the answer.
  Result<std::shared_ptr<const RuleSet>> load() const;
  // No older one from now on.
  void is_in_force(const RuleSet& rules) const;

 private:
  std::vector<std::string> paths_;
  std::string key_file_;
  std::optional<PolicyKey> key_;
  PolicySerial serial_;
};

}  // namespace purposewatch

// What is the agent's own, watched as if it were stores of the policy: its files, so that whoever changes
// them is told, and a decoy, by which the canary shows that accesses are seen.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/language/rule_set.h"
#include "rules/model/tamper_event.h"

namespace purposewatch {

// Absolute paths, of files or directories, that need not be there; empty: not watched.
struct OwnPlaces {
  std::string state;
  std::string decoy;  // below the state
  std::string pins;   // in a BPF file system
  std::string executable;
  std::vector<std::string> policy;
  std::vector<std::string> units;  // of the service manager
};

// The rules with stores for these beside their own. What meets a store of the policy is left out, since that
// is watched already.
std::shared_ptr<const RuleSet> with_own_stores(const std::shared_ptr<const RuleSet>& rules,
                                               const OwnPlaces& places);

// No policy can give a store such a name.
bool is_own_store(std::string_view store);
bool is_decoy(std::string_view store);
// What it is to change something there; nothing for the decoy.
std::optional<Tampering> tampering_with(std::string_view store);

}  // namespace purposewatch

// Policies and accesses by the dice: text that an author could have written, as check_policy accepts it.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rules/language/rule_set.h"

namespace purposewatch {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  std::size_t below(std::size_t count) { return random_() % count; }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937 random_;
};

// What subjects of the tests may be: each list holds what policies name, and what they do not.
const std::vector<std::string>& program_paths();
const std::vector<std::string>& script_paths();
const std::vector<std::uint32_t>& user_ids();
const std::vector<std::string>& unit_names();

// A policy that check_policy accepts; as many tries as it takes. `text` (may be null) gets its YAML.
std::shared_ptr<const RuleSet> random_policy(Dice& dice, std::string* text);

// A path near the policy's patterns: in a store, just beside, above, below, or in an exception.
std::vector<std::string> random_path(Dice& dice, const RuleSet& rules);
std::string joined(const std::vector<std::string>& components);

}  // namespace purposewatch

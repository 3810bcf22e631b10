// The directories at which the kernel's walk up from a file may enter the automaton: the literal beginnings
// of the patterns of stores' paths and sockets, as one tree, since thousands of them share all but their last
// name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/kernel/automaton.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

class AnchorTree {
 public:
  static constexpr std::uint32_t kRoot = 0;

  struct Directory {
    std::uint32_t above = kRoot;  // the root's is itself
    pw_way way[PW_WAYS] = {};
    std::uint16_t depth = 0;
    bool ends_a_prefix = false;  // some pattern's first wildcard, or its end, comes next
    std::string name;
  };

  static AnchorTree of(const RuleSet& rules, const Automaton& automaton);

  // By number; [0] is "/", and a directory comes after the one above it. Empty without patterns.
  const std::vector<Directory>& directories() const { return directories_; }
  // Absolute. "/" also for a number that is none.
  std::string path_of(std::uint32_t directory) const;

 private:
  std::vector<Directory> directories_;
};

}  // namespace purposewatch

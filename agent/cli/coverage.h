// Which store covers what lies below a directory, and what nobody covers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/cli/output.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct CoveredBy {
  std::string store, pattern;  // or
  std::string excepted;        // "'/x' of store s"; both empty: nobody covers it
  std::string path;  // the directory or file below which all is so; of a store: the first that was found
  std::uint64_t files = 0;    // that are no directories
  std::uint64_t clients = 0;  // distinct ones
  bool operator==(const CoveredBy&) const = default;
};

// Links are not followed. What cannot be listed counts as a file. One row for each path of a store, in the
// order in which they are met; of what nobody covers, one for each highest directory that is so wholly.
std::vector<CoveredBy> coverage_of(const RuleSet& rules, const std::string& directory);

// Prints it; the exit code says whether all is covered, or excepted.
int show_coverage(const RuleSet& rules, const std::string& directory, const OutputOptions& output);

}  // namespace purposewatch

// A finding as it was recorded, to be judged again.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "rules/base/result.h"
#include "rules/language/rule_set.h"
#include "rules/model/access.h"
#include "rules/model/subject.h"

namespace purposewatch {

struct RecordedFinding {
  Access access;
  Subject subject;
  std::int64_t wall_ns = 0;
  std::string verdict, reason;  // then
  std::string policy_version, policy_digest;
};

// The event of this id among the NDJSON of a file, or of standard input for "-".
Result<nlohmann::json> find_event(const std::string& path, const std::string& id);

// The same from the evidence in a state directory.
Result<nlohmann::json> find_recorded_event(const std::string& state_dir, const std::string& id);

// rules: by which it is judged now; they say which program or script of theirs a path is. What is not
// recorded stays unknown: who owned the file.
Result<RecordedFinding> recorded_finding(const nlohmann::json& event, const RuleSet& rules);

}  // namespace purposewatch

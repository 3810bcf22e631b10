// Policy files in, a checked immutable RuleSet out; or every error at once. The same code serves check, run
// and reload.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rules/language/diagnostic.h"
#include "rules/language/policy_key.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct PolicyText {
  std::string file;   // for messages and the digest's order
  std::string bytes;  // untrusted
};

struct LoadedPolicy {
  std::shared_ptr<const RuleSet> rules;  // null when there is any error
  std::vector<Diagnostic> diagnostics;   // errors and warnings, in file and line order
};

// Never throws, never half a policy. Several texts are read as one policy (keys of each section merged).
LoadedPolicy check_policy(const std::vector<PolicyText>& texts);

// What is asked of files besides.
struct FileDemands {
  // That nobody but root and this process's user could have written them, or put others into their places, by
  // links or otherwise (custody.h).
  enum class Custody : std::uint8_t { kAnybodys, kWarnUnlessOurs, kOurs };
  Custody custody = Custody::kAnybodys;
  // Whose signature each has beside it, FILE.sig; the policy then has a serial. Null: they need neither.
  const PolicyKey* key = nullptr;
};

// Reads files, or the *.yaml of directories in name order, then check_policy. A file that cannot be read, or
// is not as demanded, is a diagnostic of its own.
LoadedPolicy load_policy(const std::vector<std::string>& paths, const FileDemands& demands = {});

// JSON Schema (draft 2020-12) of the policy file, for editors.
std::string policy_json_schema();

// The same as a page for people, in Markdown.
std::string policy_guide();

}  // namespace purposewatch

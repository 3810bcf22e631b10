// Why judge answers as it does, in sentences for a person. Pure, like judge.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/judge.h"

namespace purposewatch {

struct ServiceExplanation {
  std::string service;
  Reason failed = Reason::kNone;     // the first condition that fails
  std::string sentence;              // "is imap by executable, but user is root, not vmail"
  std::vector<std::string> permits;  // of a service that matches: what it may do in this store, in sentences
};

struct Explanation {
  std::string what;      // by what a store was looked for: "the path", "the socket", "the port"
  std::string pattern;   // the store's path, socket or port that covers it; empty: none
  std::string excepted;  // "'/x' of store s": the exception that takes the path out of a store; empty: none
  std::vector<ServiceExplanation> services;  // in policy order; empty when there is no store
  Verdict verdict;
};

Explanation explain(const RuleSet& rules, const Access& access, const Subject& subject, const Now& now);

// "'/x' of store s": the exception that takes what is accessed out of a store. Empty: there is none.
std::string exception_of(const RuleSet& rules, const Access& access);

// One line: "flagged: user-mismatch: is imap by executable, but user is root, not vmail".
std::string summary_of(const Explanation& explanation);

}  // namespace purposewatch

#include <algorithm>

#include "rules/language/check_rules.h"
#include "rules/language/path_pattern.h"

namespace purposewatch {
namespace {

std::string text_of(const std::optional<Word>& word) {
  return word ? word->text : std::string();
}

std::optional<std::string> maybe(const std::optional<Word>& word) {
  return word ? std::optional(word->text) : std::nullopt;
}

Outcome outcome_named(const std::string& name) {
  for (const Outcome outcome : {Outcome::kNoStore, Outcome::kPermitted, Outcome::kFlagged})
    if (name_of(outcome) == name) return outcome;
  return Outcome::kFlagged;  // check_shape has refused other words
}

// A test's path is a file, as the kernel would name it; '*' and braces are bytes like others.
void check_path(const Word& path, Diagnostics& diagnostics) {
  const std::string bounded = path.text + "/";
  for (const char* bad : {"//", "/./", "/../"})
    if (bounded.find(bad) != std::string::npos && path.text != "/") {
      diagnostics.error(path.at,
                        "'" + path.text + "' is not a plain path (no '.', '..', doubled or trailing slash)");
      return;
    }
}

// What a test asks for must be able to come out.
void check_expectations(const TestDraft& draft, Diagnostics& diagnostics) {
  if (!draft.expect) return;
  if (draft.reason && draft.expect->text != "flagged")
    diagnostics.error(draft.reason->at, "only a flagged access has a reason");
  if (draft.expect->text != "no-store") return;
  for (const auto* word : {&draft.store, &draft.client, &draft.service, &draft.clause})
    if (*word) diagnostics.error((*word)->at, "an access to no store has nothing more to expect");
}

}  // namespace

void check_tests(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules, Diagnostics& diagnostics) {
  for (const TestDraft& one : draft.tests) {
    if (one.path) check_path(*one.path, diagnostics);
    if (one.store) names.stores.resolve(*one.store, diagnostics);
    if (one.service) names.services.resolve(*one.service, diagnostics);
    check_expectations(one, diagnostics);
    const auto kind = access_kind_named(text_of(one.access));
    rules.tests.push_back({.at = one.at,
                           .exe = text_of(one.exe),
                           .user = text_of(one.user),
                           .unit = text_of(one.unit),
                           .owner = maybe(one.owner),
                           .access = kind.value_or(AccessKind::kRead),
                           .path = text_of(one.path),
                           .expect = outcome_named(text_of(one.expect)),
                           .reason = maybe(one.reason),
                           .store = maybe(one.store),
                           .client = maybe(one.client),
                           .service = maybe(one.service),
                           .clause = maybe(one.clause)});
  }
}

}  // namespace purposewatch

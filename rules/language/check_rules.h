// A draft in, rules out: names resolved, contradictions found.
#pragma once

#include <vector>

#include "rules/language/draft.h"
#include "rules/language/name_table.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

// Names while rules are built; `rules.purposes[i]` is the i-th name of `purposes`, and so on.
struct RuleNames {
  NameTable classes{"class"}, purposes{"purpose"}, stores{"store"}, services{"service"};
  std::vector<ClassDraft> class_drafts;  // by index in `classes`
};

// Everything below adds to `rules` what is sound and reports what is not; the result counts only when nothing
// was reported as an error.
RuleSet build_rules(const PolicyDraft& draft, Diagnostics& diagnostics);

// As written, of what check_shape has found right.
AccessMask mask_of_words(const std::vector<Word>& words);
std::optional<Limit> limit_of(const std::optional<LimitDraft>& draft);

// The steps of build_rules, in order.
void check_head(const PolicyDraft& draft, RuleSet& rules, Diagnostics& diagnostics);
void check_classes(const PolicyDraft& draft, RuleNames& names, Diagnostics& diagnostics);
void check_purposes(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);
void check_stores(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);
void check_services(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);
void check_permits(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules,
                   Diagnostics& diagnostics);
void check_tests(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);

// At most one store may hold a path, and only one set of captures. Makes the rules' index, by which it
// searches.
void check_overlaps(RuleSet& rules, Diagnostics& diagnostics);

// What is allowed but looks like an oversight.
void warn_unused(const RuleSet& rules, Diagnostics& diagnostics);

}  // namespace purposewatch

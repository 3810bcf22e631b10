// A draft in, rules out: names resolved, contradictions found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
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

// What a word says, by a parser of rules/language: (text, place) -> tl::expected<One, what is wrong>, which
// is reported.
template <class Parse>
auto read_one(const Word& word, Parse parse, Diagnostics& diagnostics) {
  auto parsed = parse(word.text, word.at);
  using One = typename decltype(parsed)::value_type;
  if (parsed) return std::optional<One>(std::move(*parsed));
  diagnostics.error(word.at, "'" + word.text + "' " + parsed.error());
  return std::optional<One>();
}

// Of those that say something.
template <class Parse>
auto read_each(const std::vector<Word>& words, Parse parse, Diagnostics& diagnostics) {
  using One = typename decltype(parse(std::string(), Position()))::value_type;
  std::vector<One> all;
  for (const Word& word : words) {
    if (diagnostics.is_full()) break;
    if (auto one = read_one(word, parse, diagnostics)) all.push_back(std::move(*one));
  }
  return all;
}

// How much comparing of patterns one policy may ask for: where a name has a * in it, or a store many
// exceptions, each is held against each, and ten thousand of them would take a minute.
class Comparing {
 public:
  // For whoever counts by itself (path_index.h): then tell() of it.
  std::uint64_t& steps_left() { return steps_left_; }
  bool is_exhausted() const { return steps_left_ == 0; }
  // Once, that it is. at: the pattern that was too much.
  void tell(const Position& at, Diagnostics& diagnostics);
  // False, and told, when that is too much.
  bool take(std::uint64_t steps, const Position& at, Diagnostics& diagnostics);

 private:
  std::uint64_t steps_left_ = 50'000'000;  // about a second
  bool is_told_ = false;
};

// The steps of build_rules, in order.
void check_head(const PolicyDraft& draft, RuleSet& rules, Diagnostics& diagnostics);
void check_classes(const PolicyDraft& draft, RuleNames& names, Diagnostics& diagnostics);
void check_purposes(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);
void check_stores(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Comparing& comparing,
                  Diagnostics& diagnostics);
void check_services(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);
void check_permits(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules,
                   Diagnostics& diagnostics);
void check_disclosure(const PolicyDraft& draft, RuleSet& rules, Diagnostics& diagnostics);
void check_tests(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules, Diagnostics& diagnostics);
void check_safeguards(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules,
                      Diagnostics& diagnostics);

// At most one store may hold a path, and only one set of captures. Makes the rules' index, by which it
// searches.
void check_overlaps(RuleSet& rules, Comparing& comparing, Diagnostics& diagnostics);

// What is allowed but looks like an oversight.
void warn_unused(const RuleSet& rules, Diagnostics& diagnostics);

}  // namespace purposewatch

#include "rules/language/check_rules.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "rules/language/destination.h"
#include "rules/language/times.h"

namespace purposewatch {

namespace {

// The kernel's tables number both with 16 bits, and keep the last number for "anyone".
constexpr std::size_t kNumberedMax = 65000;
// Each class is asked of each purpose, and of each store.
constexpr std::size_t kClassesMax = 200, kPurposesMax = 1000;

void tell_too_many(const Position& at, std::size_t max, const char* what, Diagnostics& diagnostics) {
  diagnostics.error(at, "more than " + std::to_string(max) + " " + what + " in one policy");
}

template <class Numbered>
void check_count(const std::vector<Numbered>& all, const char* what, Diagnostics& diagnostics) {
  if (all.size() > kNumberedMax) tell_too_many(all[kNumberedMax].at, kNumberedMax, what, diagnostics);
}

// What stands once in all files together, or null; any more is an error.
template <class Draft>
const Draft* only_one(const std::vector<Draft>& drafts, const std::string& section,
                      Diagnostics& diagnostics) {
  for (std::size_t i = 1; i < drafts.size(); ++i)
    diagnostics.error(drafts[i].at,
                      "a second '" + section + "' section; first at " + to_string(drafts[0].at));
  return drafts.empty() ? nullptr : &drafts.front();
}

}  // namespace

RuleSet build_rules(const PolicyDraft& draft, Diagnostics& diagnostics) {
  RuleSet rules;
  RuleNames names;
  Comparing comparing;
  check_head(draft, rules, diagnostics);
  check_classes(draft, names, diagnostics);
  check_purposes(draft, names, rules, diagnostics);
  check_stores(draft, names, rules, comparing, diagnostics);
  check_services(draft, names, rules, diagnostics);
  check_permits(draft, names, rules, diagnostics);
  check_disclosure(draft, rules, diagnostics);
  check_tests(draft, names, rules, diagnostics);
  check_safeguards(draft, names, rules, diagnostics);
  check_count(rules.stores, "stores", diagnostics);
  check_count(rules.services, "services", diagnostics);
  check_overlaps(rules, comparing, diagnostics);
  // What an error took out of the rules would look unused.
  if (!diagnostics.has_errors()) warn_unused(rules, diagnostics);
  return rules;
}

bool Comparing::take(std::uint64_t steps, const Position& at, Diagnostics& diagnostics) {
  steps_left_ -= std::min(steps, steps_left_);
  if (is_exhausted()) tell(at, diagnostics);
  return !is_exhausted();
}

void Comparing::tell(const Position& at, Diagnostics& diagnostics) {
  if (std::exchange(is_told_, true)) return;
  diagnostics.error(
      at,
      "too many patterns that have to be compared one by one: those with a * within a name, and "
      "exceptions, of the same directories");
}

void check_head(const PolicyDraft& draft, RuleSet& rules, Diagnostics& diagnostics) {
  const HeadDraft* head = only_one(draft.heads, "policy", diagnostics);
  if (!head) return;
  if (head->name) rules.identity.name = head->name->text;
  if (head->version) rules.identity.version = head->version->text;
  std::uint64_t serial = 0;
  if (head->serial && std::from_chars(head->serial->text.data(),
                                      head->serial->text.data() + head->serial->text.size(), serial)
                              .ec == std::errc())
    rules.serial = serial;
  if (head->review_by) rules.review_by = head->review_by->text;
  if (!head->alert_details.empty()) rules.alert_details = 0;
  for (const Word& word : head->alert_details) {
    if (word.text == "nothing" && head->alert_details.size() > 1)
      diagnostics.error(word.at, "'nothing' stands alone");
    rules.alert_details |= alert_detail_named(word.text);
  }
}

void check_classes(const PolicyDraft& draft, RuleNames& names, Diagnostics& diagnostics) {
  for (const ClassDraft& one : draft.classes) {
    if (names.class_drafts.size() == kClassesMax)
      return tell_too_many(one.name.at, kClassesMax, "classes", diagnostics);
    if (one.name.text == "all") {
      diagnostics.error(one.name.at, "no class can be called 'all': purposes use the word for every class");
      continue;
    }
    if (names.classes.add(one.name, diagnostics)) names.class_drafts.push_back(one);
  }
}

void check_disclosure(const PolicyDraft& draft, RuleSet& rules, Diagnostics& diagnostics) {
  const DisclosureDraft* one = only_one(draft.disclosures, "disclosure", diagnostics);
  if (!one) return;
  rules.egress = read_each(one->egress, parse_destination, diagnostics);
  if (one->fades_after) rules.fades_after = parse_duration(one->fades_after->text).value_or(kUsualFading);
}

AccessMask mask_of_words(const std::vector<Word>& words) {
  unsigned mask = 0;
  for (const Word& word : words)
    if (const auto kind = access_kind_named(word.text)) mask |= mask_of(*kind);
  return static_cast<AccessMask>(mask);
}

std::optional<Limit> limit_of(const std::optional<LimitDraft>& draft) {
  if (!draft || !draft->per) return std::nullopt;
  return Limit{.clients = draft->clients,
               .accesses = draft->accesses,
               .days = draft->days,
               .per = parse_duration(draft->per->text).value_or(std::chrono::seconds(0))};
}

void check_purposes(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics) {
  for (const PurposeDraft& one : draft.purposes) {
    if (rules.purposes.size() == kPurposesMax)
      return tell_too_many(one.name.at, kPurposesMax, "purposes", diagnostics);
    if (!names.purposes.add(one.name, diagnostics)) continue;
    Purpose purpose{.name = one.name.text,
                    .clause = one.clause ? one.clause->text : "",
                    .dpv = one.dpv ? one.dpv->text : "",
                    .classes = {},
                    .access = mask_of_words(one.access),
                    .requires_grant = one.requires_grant,
                    .needs_two = one.needs_two,
                    .max_duration = one.max_duration ? parse_duration(one.max_duration->text) : std::nullopt,
                    .limit = limit_of(one.limit),
                    .at = one.name.at};
    if (one.limit && !one.requires_grant)
      diagnostics.error(one.limit->at, "purpose '" + one.name.text +
                                           "' has a limit, but requires no grant: the limits of "
                                           "permits are theirs");
    for (const Word& word : one.classes) {
      if (word.text == "all") {
        if (one.classes.size() > 1) diagnostics.error(word.at, "'all' stands alone");
        for (const ClassDraft& known : names.class_drafts) purpose.classes.push_back(known.name.text);
      } else if (names.classes.resolve(word, diagnostics)) {
        if (std::find(purpose.classes.begin(), purpose.classes.end(), word.text) != purpose.classes.end())
          diagnostics.error(word.at, "class '" + word.text + "' is listed twice");
        else
          purpose.classes.push_back(word.text);
      }
    }
    rules.purposes.push_back(std::move(purpose));
  }
}

void warn_unused(const RuleSet& rules, Diagnostics& diagnostics) {
  std::vector<bool> is_used(rules.services.size());
  std::vector<AccessMask> permitted(rules.stores.size());
  for (const Service& service : rules.services)
    for (const std::size_t parent : service.parents) is_used[parent] = true;
  for (const Permit& permit : rules.permits) {
    is_used[permit.service] = true;
    permitted[permit.store] = static_cast<AccessMask>(permitted[permit.store] | permit.access);
  }
  for (std::size_t i = 0; i < rules.services.size(); ++i)
    if (!is_used[i])
      diagnostics.warning(rules.services[i].at, "no permit uses service '" + rules.services[i].name + "'");
  for (std::size_t i = 0; i < rules.stores.size(); ++i) {
    const Store& store = rules.stores[i];
    if (store.is_public) continue;
    const AccessMask reading = mask_of(store.paths.empty() ? AccessKind::kConnect : AccessKind::kRead);
    if (permitted[i] == 0)
      diagnostics.warning(store.at,
                          "no permit names store '" + store.name + "': every access to it is flagged");
    else if ((permitted[i] & reading) == 0)
      diagnostics.warning(store.at, "no permit lets anybody read store '" + store.name + "'");
  }
}

}  // namespace purposewatch

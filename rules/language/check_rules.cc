#include "rules/language/check_rules.h"

#include <algorithm>

#include "rules/language/times.h"

namespace purposewatch {

namespace {

// The kernel's tables number both with 16 bits, and keep the last number for "anyone".
constexpr std::size_t kNumberedMax = 65000;

template <class Numbered>
void check_count(const std::vector<Numbered>& all, const char* what, Diagnostics& diagnostics) {
  if (all.size() > kNumberedMax)
    diagnostics.error(all[kNumberedMax].at,
                      "more than " + std::to_string(kNumberedMax) + " " + what + " in one policy");
}

// A right that is written down and not kept yet must not be taken for one that is.
void warn_unwatched(const RuleSet& rules, Diagnostics& diagnostics) {
  for (const Permit& permit : rules.permits)
    if (!permit.egress.empty())
      return diagnostics.warning(permit.egress.front().at,
                                 "this version does not watch where data goes: 'egress' has no effect yet");
}

}  // namespace

RuleSet build_rules(const PolicyDraft& draft, Diagnostics& diagnostics) {
  RuleSet rules;
  RuleNames names;
  check_head(draft, rules, diagnostics);
  check_classes(draft, names, diagnostics);
  check_purposes(draft, names, rules, diagnostics);
  check_stores(draft, names, rules, diagnostics);
  check_services(draft, names, rules, diagnostics);
  check_permits(draft, names, rules, diagnostics);
  check_tests(draft, names, rules, diagnostics);
  check_count(rules.stores, "stores", diagnostics);
  check_count(rules.services, "services", diagnostics);
  check_overlaps(rules, diagnostics);
  // What an error took out of the rules would look unused.
  if (!diagnostics.has_errors()) warn_unused(rules, diagnostics);
  warn_unwatched(rules, diagnostics);
  return rules;
}

void check_head(const PolicyDraft& draft, RuleSet& rules, Diagnostics& diagnostics) {
  for (std::size_t i = 1; i < draft.heads.size(); ++i)
    diagnostics.error(draft.heads[i].at,
                      "a second 'policy' section; first at " + to_string(draft.heads[0].at));
  if (draft.heads.empty()) return;
  const HeadDraft& head = draft.heads.front();
  if (head.name) rules.identity.name = head.name->text;
  if (head.version) rules.identity.version = head.version->text;
  if (head.review_by) rules.review_by = head.review_by->text;
  if (!head.alert_details.empty()) rules.alert_details = 0;
  for (const Word& word : head.alert_details) {
    if (word.text == "nothing" && head.alert_details.size() > 1)
      diagnostics.error(word.at, "'nothing' stands alone");
    rules.alert_details |= alert_detail_named(word.text);
  }
}

void check_classes(const PolicyDraft& draft, RuleNames& names, Diagnostics& diagnostics) {
  for (const ClassDraft& one : draft.classes) {
    if (one.name.text == "all") {
      diagnostics.error(one.name.at, "no class can be called 'all': purposes use the word for every class");
      continue;
    }
    if (names.classes.add(one.name, diagnostics)) names.class_drafts.push_back(one);
  }
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
  const auto is_permitted = [&](auto fits) {
    return std::any_of(rules.permits.begin(), rules.permits.end(), fits);
  };
  std::vector<bool> is_parent(rules.services.size());
  for (const Service& service : rules.services)
    for (const std::size_t parent : service.parents) is_parent[parent] = true;
  for (std::size_t i = 0; i < rules.services.size(); ++i)
    if (!is_parent[i] && !is_permitted([&](const Permit& permit) { return permit.service == i; }))
      diagnostics.warning(rules.services[i].at, "no permit uses service '" + rules.services[i].name + "'");
  for (std::size_t i = 0; i < rules.stores.size(); ++i)
    if (!rules.stores[i].is_public && !is_permitted([&](const Permit& permit) { return permit.store == i; }))
      diagnostics.warning(rules.stores[i].at, "no permit names store '" + rules.stores[i].name +
                                                  "': every access to it is flagged");
  for (std::size_t i = 0; i < rules.stores.size(); ++i) {
    const Store& store = rules.stores[i];
    const AccessMask reading = mask_of(store.paths.empty() ? AccessKind::kConnect : AccessKind::kRead);
    const auto of_store = [&](const Permit& permit) { return permit.store == i; };
    const auto reads = [&](const Permit& permit) {
      return permit.store == i && (permit.access & reading) != 0;
    };
    if (!store.is_public && is_permitted(of_store) && !is_permitted(reads))
      diagnostics.warning(store.at, "no permit lets anybody read store '" + store.name + "'");
  }
}

}  // namespace purposewatch

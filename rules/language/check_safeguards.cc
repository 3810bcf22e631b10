#include <algorithm>
#include <charconv>
#include <numeric>

#include "rules/language/check_rules.h"
#include "rules/language/times.h"
#include "rules/safeguards.h"

namespace purposewatch {
namespace {

constexpr const char* kUsualClause = "P3";  // that data is kept safe
constexpr std::uint32_t kUsualFreePercent = 10;

std::vector<std::string> texts_of(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return texts;
}

std::vector<std::size_t> stores_of(const SafeguardDraft& draft, const RuleNames& names, const RuleSet& rules,
                                   Diagnostics& diagnostics) {
  std::vector<std::size_t> stores;
  std::vector<bool> is_listed(rules.stores.size());
  bool is_all = draft.stores.empty();
  for (const Word& word : draft.stores) {
    if (word.text == "all") {
      is_all = true;
      if (draft.stores.size() > 1) diagnostics.error(word.at, "'all' stands alone");
    } else if (const auto index = names.stores.resolve(word, diagnostics)) {
      if (is_listed[*index])
        diagnostics.error(word.at, "store '" + word.text + "' is listed twice");
      else
        stores.push_back(*index);
      is_listed[*index] = true;
    }
  }
  if (!is_all) return stores;
  stores.resize(rules.stores.size());
  std::iota(stores.begin(), stores.end(), std::size_t{0});
  return stores;
}

std::chrono::seconds duration_of(const std::optional<Word>& word, std::string_view usual) {
  return parse_duration(word ? word->text : std::string(usual)).value_or(std::chrono::seconds(0));
}

std::uint32_t percent_of(const std::optional<Word>& word) {
  std::uint32_t percent = kUsualFreePercent;
  if (word) std::from_chars(word->text.data(), word->text.data() + word->text.size(), percent);
  return percent;
}

}  // namespace

void check_safeguards(const PolicyDraft& draft, const RuleNames& names, RuleSet& rules,
                      Diagnostics& diagnostics) {
  NameTable known{"safeguard"};
  for (const SafeguardDraft& one : draft.safeguards) {
    const SafeguardSort* sort = safeguard_sort(one.name.text);
    if (sort == nullptr || !known.add(one.name, diagnostics))
      continue;  // of what is none, check_shape has told
    Safeguard safeguard{.name = one.name.text,
                        .kind = sort->kind,
                        .clause = one.clause ? one.clause->text : kUsualClause,
                        .stores = {},
                        .allow = texts_of(one.allow),
                        .options = texts_of(one.options),
                        .files = texts_of(one.files),
                        .within = duration_of(one.within, sort->within),
                        .free_percent = percent_of(one.free),
                        .at = one.name.at};
    if ((sort->keys & mask_of(SafeguardKey::kStores)) != 0)
      safeguard.stores = stores_of(one, names, rules, diagnostics);
    rules.safeguards.push_back(std::move(safeguard));
  }
  std::sort(rules.safeguards.begin(), rules.safeguards.end(), [](const Safeguard& a, const Safeguard& b) {
    return safeguard_sort(a.name) < safeguard_sort(b.name);
  });
}

}  // namespace purposewatch

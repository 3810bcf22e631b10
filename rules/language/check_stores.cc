#include <algorithm>

#include "rules/language/check_rules.h"
#include "rules/language/overlap.h"
#include "rules/language/path_pattern.h"

namespace purposewatch {
namespace {

std::vector<PathPattern> read_patterns(const std::vector<Word>& words, Diagnostics& diagnostics) {
  std::vector<PathPattern> patterns;
  for (const Word& word : words) {
    if (word.text.empty() || word.text.front() != '/') continue;  // check_shape has said so
    auto pattern = parse_path_pattern(word.text, word.at);
    if (!pattern)
      diagnostics.error(word.at, "'" + word.text + "' " + pattern.error());
    else
      patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

void read_classes(const StoreDraft& draft, const RuleNames& names, Store& store, Diagnostics& diagnostics) {
  bool all_public = true;
  for (const Word& word : draft.classes) {
    const auto index = names.classes.resolve(word, diagnostics);
    if (!index) continue;
    if (std::find(store.classes.begin(), store.classes.end(), word.text) != store.classes.end())
      diagnostics.error(word.at, "class '" + word.text + "' is listed twice");
    else
      store.classes.push_back(word.text);
    all_public = all_public && names.class_drafts[*index].is_public;
  }
  store.is_public = all_public && !store.classes.empty();
}

// An exception that touches none of the store's paths is a slip of the pen, and would be believed.
void check_exceptions(const Store& store, Diagnostics& diagnostics) {
  for (const PathPattern& except : store.except) {
    const auto meets = [&](const PathPattern& path) { return patterns_meet(path, except); };
    const auto swallows = [&](const PathPattern& path) { return pattern_covers_all_of(except, path); };
    if (std::none_of(store.paths.begin(), store.paths.end(), meets))
      diagnostics.error(except.at, "'" + except.text + "' removes nothing: it meets no path of the store");
    else if (std::any_of(store.paths.begin(), store.paths.end(), swallows))
      diagnostics.error(except.at, "'" + except.text + "' removes a path of the store wholly");
  }
}

}  // namespace

void check_stores(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Diagnostics& diagnostics) {
  for (const StoreDraft& one : draft.stores) {
    if (!names.stores.add(one.name, diagnostics)) continue;
    Store store{.name = one.name.text,
                .classes = {},
                .is_public = false,
                .paths = read_patterns(one.paths, diagnostics),
                .except = read_patterns(one.except, diagnostics),
                .at = one.name.at};
    read_classes(one, names, store, diagnostics);
    check_exceptions(store, diagnostics);
    rules.stores.push_back(std::move(store));
  }
}

}  // namespace purposewatch

#include <algorithm>

#include "rules/language/check_rules.h"
#include "rules/language/overlap.h"
#include "rules/language/path_pattern.h"
#include "rules/language/port_pattern.h"

namespace purposewatch {
namespace {

std::vector<PathPattern> read_patterns(const std::vector<Word>& words, Diagnostics& diagnostics) {
  std::vector<PathPattern> patterns;
  for (const Word& word : words) {
    if (word.text.empty() || word.text.front() != '/') continue;  // check_shape has said so
    if (auto pattern = read_one(word, parse_path_pattern, diagnostics))
      patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

std::vector<PortPattern> read_ports(const std::vector<Word>& words, Diagnostics& diagnostics) {
  std::vector<PortPattern> ports;
  for (const Word& word : words) {
    if (word.text.rfind("tcp:", 0) != 0) continue;  // check_shape has said so
    if (auto port = read_one(word, parse_port_pattern, diagnostics)) ports.push_back(std::move(*port));
  }
  return ports;
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
void check_exceptions(const Store& store, Comparing& comparing, Diagnostics& diagnostics) {
  const auto any = [&](auto fits) {
    return std::any_of(store.paths.begin(), store.paths.end(), fits) ||
           std::any_of(store.sockets.begin(), store.sockets.end(), fits);
  };
  for (const PathPattern& except : store.except) {
    std::uint64_t steps = 0;
    for (const auto* patterns : {&store.paths, &store.sockets})
      for (const PathPattern& pattern : *patterns) steps += steps_to_compare(pattern, except);
    if (!comparing.take(steps, except.at, diagnostics)) return;
    if (!any([&](const PathPattern& path) { return patterns_meet(path, except); }))
      diagnostics.error(except.at, "'" + except.text + "' removes nothing: it meets no path of the store");
    else if (any([&](const PathPattern& path) { return pattern_covers_all_of(except, path); }))
      diagnostics.error(except.at, "'" + except.text + "' removes a path of the store wholly");
  }
}

}  // namespace

void check_stores(const PolicyDraft& draft, RuleNames& names, RuleSet& rules, Comparing& comparing,
                  Diagnostics& diagnostics) {
  for (const StoreDraft& one : draft.stores) {
    if (!names.stores.add(one.name, diagnostics)) continue;
    Store store{.name = one.name.text,
                .classes = {},
                .notes_display = one.display,
                .is_public = false,
                .paths = read_patterns(one.paths, diagnostics),
                .sockets = read_patterns(one.sockets, diagnostics),
                .ports = read_ports(one.ports, diagnostics),
                .except = read_patterns(one.except, diagnostics),
                .at = one.name.at};
    read_classes(one, names, store, diagnostics);
    check_exceptions(store, comparing, diagnostics);
    rules.stores.push_back(std::move(store));
  }
}

}  // namespace purposewatch

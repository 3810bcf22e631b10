#include "rules/language/name_table.h"

#include "rules/language/nearest.h"

namespace purposewatch {

std::optional<std::size_t> NameTable::add(const Word& name, Diagnostics& diagnostics) {
  const auto [entry, is_new] = index_.emplace(name.text, names_.size());
  if (!is_new) {
    diagnostics.error(name.at, what_ + " '" + name.text + "' is defined twice; first at " +
                                   to_string(names_[entry->second].at));
    return std::nullopt;
  }
  names_.push_back(name);
  return entry->second;
}

std::optional<std::size_t> NameTable::resolve(const Word& reference, Diagnostics& diagnostics) const {
  const auto entry = index_.find(reference.text);
  if (entry != index_.end()) return entry->second;
  std::vector<std::string_view> known;
  if (names_.size() <= kNamesHintedMax && !diagnostics.is_crowded())
    for (const Word& name : names_) known.push_back(name.text);
  diagnostics.error(reference.at, "no " + what_ + " is called '" + reference.text + "'",
                    did_you_mean(reference.text, known));
  return std::nullopt;
}

}  // namespace purposewatch

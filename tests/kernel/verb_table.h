// What the actor's tables of verbs have in common (actor.h): maps of a word to what has a number of
// `arguments`.
#pragma once

#include <optional>
#include <string>

namespace purposewatch::testing {

// How many words the verb takes; nothing when it is none of the table.
template <class Table>
std::optional<int> arguments_in(const Table& verbs, const std::string& verb) {
  const auto found = verbs.find(verb);
  return found == verbs.end() ? std::nullopt : std::optional(found->second.arguments);
}

}  // namespace purposewatch::testing

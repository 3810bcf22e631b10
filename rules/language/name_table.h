// The names of one section: each once, and found again by those who refer to them.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/language/draft.h"

namespace purposewatch {

class NameTable {
 public:
  // what: "store", for messages.
  explicit NameTable(std::string what) : what_(std::move(what)) {}

  // The name's index, counting from 0 in the order of adding; nothing when it is taken (and that is
  // reported).
  std::optional<std::size_t> add(const Word& name, Diagnostics& diagnostics);

  // The index of the name that a word refers to; reports when there is none.
  std::optional<std::size_t> resolve(const Word& reference, Diagnostics& diagnostics) const;

  bool contains(const std::string& name) const { return index_.count(name) > 0; }

 private:
  std::string what_;
  std::vector<Word> names_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace purposewatch

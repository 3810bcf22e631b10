// A policy file as a tree: maps, lists and texts, each with its place. Nothing shared, no cycles, small
// depth.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/language/diagnostic.h"

namespace purposewatch {

struct Entry;

struct Node {
  enum class Kind {
    kNothing,  // "key:" without a value, or ~
    kText,     // a scalar: every scalar is text; who wants a number or a yes asks for it
    kList,
    kMap,
    kRefused,  // already reported (an alias); accepted silently wherever it stands
  };
  Kind kind = Kind::kNothing;
  Position at;
  bool quoted = false;  // of kText: written in quotes or as a block
  std::string text;
  std::vector<Node> items;
  std::vector<Entry> entries;  // in the file's order; keys are unique

  const Node* find(std::string_view key) const;
};

struct Entry {
  std::string key;
  Position at;  // of the key
  Node value;
};

inline const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

}  // namespace purposewatch

// Named sets: where a list is wanted, `$name` stands for what `sets:` lists under that name, in whichever
// file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/language/grammar.h"
#include "rules/language/node.h"

namespace purposewatch {

class Sets {
 public:
  // Of every file, before any is expanded.
  void add(const Node& root, Diagnostics& diagnostics);

  // Puts the sets in their places among the keys that `section` says hold lists.
  void expand(Node& node, const Section& section, Diagnostics& diagnostics);

  // Of sets that nothing has used. After all files are expanded.
  void warn_unused(Diagnostics& diagnostics) const;

 private:
  struct Set {
    Position at;
    std::vector<Node> items;
    bool is_used = false;
    bool is_open = false;  // while it is being expanded: it cannot stand in itself
  };

  void expand_texts(Node& node, Diagnostics& diagnostics);
  bool has_room(const Node& member, const Position& at, Diagnostics& diagnostics);
  void append(const Node& item, std::vector<Node>& to, Diagnostics& diagnostics);

  std::map<std::string, Set, std::less<>> sets_;
  std::size_t put_ = 0, put_bytes_ = 0;  // items and references, so far
  std::size_t depth_ = 0;                // of sets that are open
  bool is_too_much_ = false;             // which has been said
};

}  // namespace purposewatch

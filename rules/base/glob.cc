#include "rules/base/glob.h"

#include <utility>
#include <vector>

namespace purposewatch {

// Greedy, with one point to go back to: linear memory, at most |glob| x |text| steps, no recursion.
bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// row[j]: do a's rest from i and b's rest from j have a text in common? Filled from the ends; below: of i
// + 1.
bool globs_meet(std::string_view a, std::string_view b) {
  std::vector<char> row(b.size() + 1), below(b.size() + 1);
  for (std::size_t i = a.size() + 1; i-- > 0; std::swap(row, below)) {
    const bool a_star = i < a.size() && a[i] == '*';
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool b_star = j < b.size() && b[j] == '*';
      bool meets = i == a.size() && j == b.size();
      // The star takes nothing, or swallows what the other asks for next.
      if (a_star || b_star)
        meets = (a_star && (below[j] || (j < b.size() && row[j + 1]))) ||
                (b_star && (row[j + 1] || (i < a.size() && below[j])));
      else if (i < a.size() && j < b.size())
        meets = a[i] == b[j] && below[j + 1];
      row[j] = meets;
    }
  }
  return below[0];
}

// A star of the inner one is a byte that only a star of the outer one can match, so plain matching decides.
bool glob_covers(std::string_view outer, std::string_view inner) {
  return glob_matches(outer, inner);
}

}  // namespace purposewatch

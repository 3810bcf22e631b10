#include "rules/base/glob.h"

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

// meets[i][j]: do a's rest from i and b's rest from j have a text in common? Filled from the ends.
bool globs_meet(std::string_view a, std::string_view b) {
  std::vector<std::vector<bool>> meets(a.size() + 1, std::vector<bool>(b.size() + 1, false));
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool a_star = i < a.size() && a[i] == '*';
      const bool b_star = j < b.size() && b[j] == '*';
      if (i == a.size() && j == b.size()) {
        meets[i][j] = true;
      } else if (a_star || b_star) {
        // The star takes nothing, or swallows what the other asks for next.
        meets[i][j] = (a_star && (meets[i + 1][j] || (j < b.size() && meets[i][j + 1]))) ||
                      (b_star && (meets[i][j + 1] || (i < a.size() && meets[i + 1][j])));
      } else if (i < a.size() && j < b.size()) {
        meets[i][j] = a[i] == b[j] && meets[i + 1][j + 1];
      }
    }
  }
  return meets[0][0];
}

// A star of the inner one is a byte that only a star of the outer one can match, so plain matching decides.
bool glob_covers(std::string_view outer, std::string_view inner) {
  return glob_matches(outer, inner);
}

}  // namespace purposewatch

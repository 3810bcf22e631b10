#include "rules/language/nearest.h"

#include <algorithm>

namespace purposewatch {
namespace {

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); or that many, when
// it is not less.
std::size_t distance(std::string_view a, std::string_view b, std::size_t many) {
  const std::size_t longer = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  if (longer >= many) return many;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    // Later rows only grow from this one and, by a swap, from the one before.
    if (std::min(*std::min_element(row.begin(), row.end()), *std::min_element(last.begin(), last.end())) >=
        many)
      return many;
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  if (word.empty() || word.size() > 64) return {};
  std::string_view nearest;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t away = distance(word, candidate, best);
    if (away >= best) continue;
    best = away;
    nearest = candidate;
  }
  return nearest.empty() ? std::string() : "did you mean '" + std::string(nearest) + "'?";
}

}  // namespace purposewatch

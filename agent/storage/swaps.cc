#include "agent/storage/swaps.h"

#include <algorithm>

#include "agent/storage/octal_escapes.h"

namespace purposewatch {
namespace {

// Columns are parted by any number of blanks and tabs.
std::string_view take_column(std::string_view& line) {
  constexpr std::string_view kBlanks = " \t";
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view column = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(column.size());
  return column;
}

}  // namespace

std::vector<SwapArea> read_swaps(std::string_view text) {
  std::vector<SwapArea> areas;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    // The heading has other words; a name that is not a path is none that could be looked for.
    const std::string_view name = take_column(line);
    const std::string_view type = take_column(line);
    if (!name.starts_with('/') || (type != "partition" && type != "file")) continue;
    areas.push_back({without_octal_escapes(name), type == "file"});
  }
  return areas;
}

}  // namespace purposewatch

// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

// With thousands of names, a hint for each of thousands of slips would cost minutes.
inline constexpr std::size_t kNamesHintedMax = 500;

// A hint that names the known word nearest to `word`, or "" when none is near enough to be a slip of the
// finger.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace purposewatch

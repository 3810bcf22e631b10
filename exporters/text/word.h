#pragma once

#include <string_view>

namespace purposewatch {

// Whether `word` stands in `text` with no ASCII letter, digit or byte of a longer character beside it. An
// empty word stands nowhere.
bool has_word(std::string_view text, std::string_view word);

}  // namespace purposewatch

// UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <string_view>

namespace purposewatch {

// Length in bytes of the character that `text` begins with; 0 when its bytes are no character or text is
// empty.
std::size_t utf8_length(std::string_view text);

}  // namespace purposewatch

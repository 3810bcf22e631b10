// UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace purposewatch {

// Length in bytes of the character that `text` begins with; 0 when its bytes are no character or text is
// empty.
std::size_t utf8_length(std::string_view text);

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // bytes it takes; 0: the bytes do not start with a character
};

CodePoint first_code_point(std::string_view bytes);

}  // namespace purposewatch

// UTF-8, decoded one character at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace purposewatch {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // bytes it takes; 0: the bytes do not start with a character
};

CodePoint first_code_point(std::string_view bytes);

}  // namespace purposewatch

#include "exporters/text/utf8.h"

#include "rules/base/utf8.h"

namespace purposewatch {

CodePoint first_code_point(std::string_view bytes) {
  const std::size_t length = utf8_length(bytes);
  if (length == 0) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (length == 1) return {byte(0), 1};
  char32_t value = byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) value = (value << 6U) | (byte(i) & 0x3fU);
  return {value, length};
}

}  // namespace purposewatch

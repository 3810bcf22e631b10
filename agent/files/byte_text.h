// Names are bytes, and JSON has only text: so each byte is the character of its number.
#pragma once

#include <string>

namespace purposewatch {

inline std::string as_text(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    if (number < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xc0 | number >> 6);
      text += static_cast<char>(0x80 | (number & 0x3f));
    }
  }
  return text;
}

inline std::string as_bytes(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first >= 0x80 && i + 1 < text.size())
      bytes += static_cast<char>((first & 0x03) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f));
    else
      bytes += text[i];
  }
  return bytes;
}

}  // namespace purposewatch

#include "agent/storage/octal_escapes.h"

#include <algorithm>

namespace purposewatch {
namespace {

bool is_escape(std::string_view text) {
  const auto is_octal = [](char digit) { return digit >= '0' && digit <= '7'; };
  return text.size() >= 4 && text[0] == '\\' && text[1] <= '3' &&
         std::all_of(text.begin() + 1, text.begin() + 4, is_octal);
}

}  // namespace

std::string without_octal_escapes(std::string_view escaped) {
  std::string bytes;
  bytes.reserve(escaped.size());
  while (!escaped.empty()) {
    if (is_escape(escaped)) {
      bytes.push_back(
          static_cast<char>((escaped[1] - '0') * 64 + (escaped[2] - '0') * 8 + (escaped[3] - '0')));
      escaped.remove_prefix(4);
    } else {
      bytes.push_back(escaped.front());
      escaped.remove_prefix(1);
    }
  }
  return bytes;
}

}  // namespace purposewatch

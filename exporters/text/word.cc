#include "exporters/text/word.h"

#include <cctype>

namespace purposewatch {
namespace {

bool is_part_of_word(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 ||
         (static_cast<unsigned char>(byte) & 0x80U) != 0;
}

}  // namespace

bool has_word(std::string_view text, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_part_of_word(text[at - 1])) && (end == text.size() || !is_part_of_word(text[end])))
      return true;
  }
  return false;
}

}  // namespace purposewatch

#include "agent/report/other_clients.h"

#include <algorithm>

namespace purposewatch {
namespace {

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

// Whether a word may begin or end between these two characters.
bool is_edge(const std::string& text, std::size_t at) {
  return at == 0 || at == text.size() || !is_of_word(text[at - 1]) || !is_of_word(text[at]);
}

}  // namespace

void OtherClients::note(const std::string& name) {
  if (name.empty() || name == client_) return;
  if (names_.size() >= names_max_) {
    knows_all_ = knows_all_ && names_.contains(in_lower_case(name));
    return;
  }
  names_.insert(in_lower_case(name));
  longest_ = std::max(longest_, name.size());
}

bool OtherClients::may_be_named_in(std::string_view text) const {
  if (text.empty() || text == client_) return false;
  if (!knows_all_) return true;
  const std::string lower = in_lower_case(text);
  for (std::size_t begin = 0; begin < lower.size(); ++begin) {
    if (!is_edge(lower, begin)) continue;
    const std::size_t length_max = std::min(longest_, lower.size() - begin);
    for (std::size_t length = 1; length <= length_max; ++length)
      if (is_edge(lower, begin + length) && names_.contains(lower.substr(begin, length))) return true;
  }
  return false;
}

}  // namespace purposewatch

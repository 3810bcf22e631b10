#include "agent/evidence/plain_json.h"

#include <array>

#include "rules/base/utf8.h"

namespace purposewatch {
namespace {

constexpr int kDepthMax = 8;

// What needs no look within a string: ASCII but control characters, quotes and backslashes.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// The character that stands behind a backslash; 0: none that is plain.
constexpr char unescaped(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool PlainJsonReader::read(std::string_view json, Place root) {
  rest_ = json;
  return !rest_.empty() && rest_.front() == '{' && value(root, 0) && rest_.empty();
}

bool PlainJsonReader::value(Place place, int depth) {
  if (rest_.empty() || depth > kDepthMax) return false;
  switch (rest_.front()) {
    case '{':
      return (place == kNoMatter || object_at(place)) && object(place, depth);
    case '"': {
      std::string_view raw;
      bool has_escapes = false;
      if (!string(raw, has_escapes)) return false;
      return place == kNoMatter || text_at(place, has_escapes ? without_escapes(raw) : raw);
    }
    case '[':
      return place == kNoMatter && array(depth);
    case 't':
      return place == kNoMatter && take("true");
    case 'f':
      return place == kNoMatter && take("false");
    default:
      return place == kNoMatter && number();
  }
}

bool PlainJsonReader::object(Place place, int depth) {
  rest_.remove_prefix(1);
  if (take("}")) return true;
  do {
    std::string_view name;
    bool has_escapes = false;
    if (!string(name, has_escapes) || !take(":")) return false;
    if (has_escapes && place != kNoMatter) return false;  // it could be any name
    if (!value(place == kNoMatter ? kNoMatter : member(place, name), depth + 1)) return false;
  } while (take(","));
  return take("}");
}

bool PlainJsonReader::array(int depth) {
  rest_.remove_prefix(1);
  if (take("]")) return true;
  do {
    if (!value(kNoMatter, depth + 1)) return false;
  } while (take(","));
  return take("]");
}

// raw: between the quotes.
bool PlainJsonReader::string(std::string_view& raw, bool& has_escapes) {
  if (!take("\"")) return false;
  std::size_t at = 0;
  for (;;) {
    while (at < rest_.size() && kPlain[static_cast<unsigned char>(rest_[at])]) ++at;
    if (at == rest_.size()) return false;
    const char c = rest_[at];
    if (c == '"') break;
    if (c == '\\') {
      has_escapes = true;
      if (at + 1 == rest_.size() || unescaped(rest_[at + 1]) == 0) return false;
      at += 2;
      continue;
    }
    const std::size_t length = first_code_point(rest_.substr(at)).length;
    if (length < 2) return false;  // a control character, or no UTF-8
    at += length;
  }
  raw = rest_.substr(0, at);
  rest_.remove_prefix(at + 1);
  return true;
}

bool PlainJsonReader::number() {
  take("-");
  if (rest_.empty() || !is_digit(rest_.front())) return false;
  const bool is_zero = rest_.front() == '0';
  std::size_t digits = 1;
  while (digits < rest_.size() && is_digit(rest_[digits])) ++digits;
  rest_.remove_prefix(digits);
  return !is_zero || digits == 1;  // what follows has to be the end of the value
}

bool PlainJsonReader::take(std::string_view literal) {
  if (!rest_.starts_with(literal)) return false;
  rest_.remove_prefix(literal.size());
  return true;
}

std::string_view PlainJsonReader::without_escapes(std::string_view raw) {
  unescaped_.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) unescaped_ += raw[i] == '\\' ? unescaped(raw[++i]) : raw[i];
  return unescaped_;
}

}  // namespace purposewatch

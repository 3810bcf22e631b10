#include "rules/base/visible_text.h"

#include <algorithm>
#include <array>

#include "rules/base/utf8.h"

namespace purposewatch {
namespace {

struct CodePoints {
  char32_t first, last;
};

// Controls, invisible and direction-changing characters, and non-characters (Unicode 15: categories Cc, Cf,
// Zl, Zp, and the blank letters that pass for nothing). In ascending order.
constexpr std::array kHidden = {
    CodePoints{0x0000, 0x001f},   CodePoints{0x007f, 0x009f},   CodePoints{0x00ad, 0x00ad},
    CodePoints{0x034f, 0x034f},   CodePoints{0x0600, 0x0605},   CodePoints{0x061c, 0x061c},
    CodePoints{0x06dd, 0x06dd},   CodePoints{0x070f, 0x070f},   CodePoints{0x0890, 0x0891},
    CodePoints{0x08e2, 0x08e2},   CodePoints{0x115f, 0x1160},   CodePoints{0x17b4, 0x17b5},
    CodePoints{0x180b, 0x180f},   CodePoints{0x200b, 0x200f},   CodePoints{0x2028, 0x202e},
    CodePoints{0x2060, 0x206f},   CodePoints{0x3164, 0x3164},   CodePoints{0xfdd0, 0xfdef},
    CodePoints{0xfe00, 0xfe0f},   CodePoints{0xfeff, 0xfeff},   CodePoints{0xffa0, 0xffa0},
    CodePoints{0xfff0, 0xfffb},   CodePoints{0xfffe, 0xffff},   CodePoints{0x110bd, 0x110bd},
    CodePoints{0x110cd, 0x110cd}, CodePoints{0x13430, 0x1343f}, CodePoints{0x1bca0, 0x1bca3},
    CodePoints{0x1d173, 0x1d17a}, CodePoints{0xe0000, 0xe0fff},
};

bool is_hidden(char32_t character) {
  const auto* range = std::lower_bound(kHidden.begin(), kHidden.end(), character,
                                       [](const CodePoints& r, char32_t c) { return r.last < c; });
  return range != kHidden.end() && character >= range->first;
}

// Ranges that terminals draw two columns wide (East Asian Width W and F, coarsely).
constexpr std::array kWide = {
    CodePoints{0x1100, 0x115f},   CodePoints{0x2e80, 0x303e},   CodePoints{0x3041, 0xa4cf},
    CodePoints{0xac00, 0xd7a3},   CodePoints{0xf900, 0xfaff},   CodePoints{0xfe30, 0xfe6f},
    CodePoints{0xff00, 0xff60},   CodePoints{0xffe0, 0xffe6},   CodePoints{0x1f300, 0x1f64f},
    CodePoints{0x1f900, 0x1f9ff}, CodePoints{0x20000, 0x3fffd},
};

bool is_wide(char32_t character) {
  const auto* range = std::lower_bound(kWide.begin(), kWide.end(), character,
                                       [](const CodePoints& r, char32_t c) { return r.last < c; });
  return range != kWide.end() && character >= range->first;
}

void append_hex(std::string& out, char32_t value, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(value >> static_cast<unsigned>(shift)) & 0xfU];
}

void append_escaped_byte(std::string& out, char byte) {
  out += "\\x";
  append_hex(out, static_cast<unsigned char>(byte), 2);
}

void append_escaped_character(std::string& out, char32_t character) {
  const bool is_long = character > 0xffff;
  out += is_long ? "\\U" : "\\u";
  append_hex(out, character, is_long ? 8 : 4);
}

// Nearly every name is printable ASCII: how many bytes can be copied as they are.
std::size_t plain_prefix(std::string_view bytes, Backslash backslash) {
  std::size_t length = 0;
  while (length < bytes.size() && bytes[length] >= 0x20 && bytes[length] < 0x7f &&
         (bytes[length] != '\\' || backslash == Backslash::kKeep))
    ++length;
  return length;
}

}  // namespace

void append_visible(std::string& out, std::string_view bytes, Backslash backslash) {
  while (true) {
    const std::size_t plain = plain_prefix(bytes, backslash);
    out += bytes.substr(0, plain);
    bytes.remove_prefix(plain);
    if (bytes.empty()) return;
    const CodePoint next = first_code_point(bytes);
    if (bytes.front() == '\\')
      out += "\\\\";
    else if (next.length <= 1)
      append_escaped_byte(out, bytes.front());
    else if (is_hidden(next.value))
      append_escaped_character(out, next.value);
    else
      out += bytes.substr(0, next.length);
    bytes.remove_prefix(std::max<std::size_t>(next.length, 1));
  }
}

std::string visible_text(std::string_view bytes, Backslash backslash) {
  std::string out;
  out.reserve(bytes.size());
  append_visible(out, bytes, backslash);
  return out;
}

bool is_visible(std::string_view bytes, Backslash backslash) {
  while (true) {
    bytes.remove_prefix(plain_prefix(bytes, backslash));
    if (bytes.empty()) return true;
    const CodePoint next = first_code_point(bytes);
    if (next.length <= 1 || is_hidden(next.value)) return false;
    bytes.remove_prefix(next.length);
  }
}

std::size_t display_width(std::string_view visible) {
  std::size_t columns = 0;
  while (!visible.empty()) {
    const CodePoint next = first_code_point(visible);
    columns += is_wide(next.value) ? 2 : 1;
    visible.remove_prefix(std::max<std::size_t>(next.length, 1));
  }
  return columns;
}

}  // namespace purposewatch

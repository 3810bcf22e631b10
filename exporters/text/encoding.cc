#include "exporters/text/encoding.h"

#include <algorithm>
#include <cstdint>

namespace purposewatch {

namespace {
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t filled = 0;  // characters that stand for nothing, at the very end
    for (const char c : text.substr(i, 4)) {
      const std::size_t value = kAlphabet.find(c);
      const bool is_filling = c == '=' && i + 4 == text.size();
      if ((value == std::string_view::npos && !is_filling) || (filled > 0 && !is_filling))
        return std::nullopt;
      filled += is_filling ? 1 : 0;
      group = group << 6U | (is_filling ? 0U : static_cast<std::uint32_t>(value));
    }
    if (filled > 2) return std::nullopt;
    for (std::size_t j = 0; j < 3 - filled; ++j) bytes += static_cast<char>(group >> (16U - 8U * j) & 0xffU);
  }
  return bytes;
}

void append_base64(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t given = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = (group << 8U) | (j < given ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += j <= given ? kAlphabet[(group >> (18U - 6U * j)) & 0x3fU] : '=';
  }
}

namespace {

// Visible text holds no control characters: only these two need care in JSON.
bool needs_json_escape(char c) {
  return c == '"' || c == '\\';
}

bool is_plain_json(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return c >= 0x20 && c < 0x7f && !needs_json_escape(c); });
}

}  // namespace

void append_json_string(std::string& out, std::string_view bytes) {
  out += '"';
  if (is_plain_json(bytes)) {
    out += bytes;
  } else {
    for (const char c : visible_text(bytes)) {
      if (needs_json_escape(c)) out += '\\';
      out += c;
    }
  }
  out += '"';
}

std::string html_text(std::string_view bytes, Backslash backslash) {
  std::string out;
  for (const char c : visible_text(bytes, backslash)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace purposewatch

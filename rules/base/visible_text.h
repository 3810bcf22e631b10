// Bytes from outside, made safe to look at: what a terminal, a log or a JSON reader gets instead of raw
// names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace purposewatch {

// kDouble makes the text unambiguous (every backslash shown is one of ours or stands doubled);
// kKeep is for text that was made visible once already.
enum class Backslash { kDouble, kKeep };

// Appends valid UTF-8 on one line: bytes that are no UTF-8 and ASCII control characters as \xNN, C1 controls,
// invisible and direction-changing characters as \uNNNN or \UNNNNNNNN. Never throws but for lack of memory.
void append_visible(std::string& out, std::string_view bytes, Backslash backslash = Backslash::kDouble);

std::string visible_text(std::string_view bytes, Backslash backslash = Backslash::kDouble);

// True when append_visible would change nothing.
bool is_visible(std::string_view bytes, Backslash backslash = Backslash::kDouble);

// Columns a terminal needs for text that is visible already: one per character, two for wide ones.
std::size_t display_width(std::string_view visible);

}  // namespace purposewatch

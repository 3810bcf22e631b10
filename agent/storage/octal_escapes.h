// How the kernel writes names into its tables (proc(5)): blanks, newlines and backslashes as \040, \012,
// \134.
#pragma once

#include <string>
#include <string_view>

namespace purposewatch {

// The name's own bytes. What is no escape (a backslash without three octal digits of one byte) stays.
std::string without_octal_escapes(std::string_view escaped);

}  // namespace purposewatch

// Absolute paths as text.
#pragma once

#include <string>
#include <string_view>

namespace purposewatch {

// Is one path the other, or below it?
inline bool is_at_or_below(std::string_view path, std::string_view directory) {
  return directory == "/" ||
         (path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/'));
}

// As the kernel would name it: without '.', '..', doubled or trailing slash.
inline bool is_plain_path(const std::string& path) {
  if (path == "/") return true;
  const std::string bounded = path + "/";
  for (const char* bad : {"//", "/./", "/../"})
    if (bounded.find(bad) != std::string::npos) return false;
  return true;
}
inline constexpr const char* kNoPlainPath = "is not a plain path (no '.', '..', doubled or trailing slash)";

}  // namespace purposewatch

// The whole of a small file.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace purposewatch {

// Empty also when the file cannot be read: for files of /proc, whose absence means nothing.
inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace purposewatch

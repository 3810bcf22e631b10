// What is written, compared with a file in tests/exporters/golden.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace purposewatch {

// Compares byte for byte; PURPOSEWATCH_REWRITE_GOLDEN=1 writes the files anew instead.
inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = GOLDEN_DIR "/" + name;
  if (std::getenv("PURPOSEWATCH_REWRITE_GOLDEN") != nullptr) std::ofstream{path, std::ios::binary} << actual;
  std::ifstream file(path, std::ios::binary);
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << name;
}

}  // namespace purposewatch

// Results of policy tests in the XML of JUnit, which build servers read.
#pragma once

#include <string>
#include <vector>

namespace purposewatch {

struct JunitCase {
  std::string place;    // "policy.yaml:12:5"
  std::string name;     // what was tried, in a sentence
  std::string failure;  // in words; empty: it passed
};

// A whole document. Names may hold any bytes.
std::string junit_xml(const std::string& suite, const std::vector<JunitCase>& cases);

}  // namespace purposewatch

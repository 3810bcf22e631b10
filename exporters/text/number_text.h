// Numbers as text, for people.
#pragma once

#include <cstdint>
#include <string>

namespace purposewatch {

// "12,345"
std::string number_text(std::uint64_t number);
// "1 access", "2 accesses"
std::string count_of(std::uint64_t number, const std::string& one, const std::string& many);
// "512 B", "40.2 GiB"
std::string size_text(std::uint64_t bytes);

}  // namespace purposewatch

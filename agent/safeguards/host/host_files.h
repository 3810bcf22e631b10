// The small files of a host: sysfs, procfs, settings. Links are followed, as the kernel lays them out.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch {

// Nothing when it cannot be read. At most `bytes_max` of it.
std::optional<std::string> text_of_file(const std::string& path, std::size_t bytes_max = 1 << 20);
// Its first line without white space around it.
std::optional<std::string> line_of_file(const std::string& path);
// Of a file that holds one decimal number, perhaps negative.
std::optional<std::int64_t> number_of_file(const std::string& path);
// The names in it, sorted, without "." and ".."; nothing when it cannot be read.
std::optional<std::vector<std::string>> names_in_directory(const std::string& path);
// "sda, sdb (2 times) and 3 more": each once, at most 5 of them.
std::string some_of(const std::vector<std::string>& names);

}  // namespace purposewatch

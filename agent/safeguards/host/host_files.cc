#include "agent/safeguards/host/host_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>

#include "rules/base/descriptor.h"

namespace purposewatch {

std::optional<std::string> text_of_file(const std::string& path, std::size_t bytes_max) {
  // A FIFO must not hold the reader up.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return std::nullopt;
  std::string text;
  char bytes[4096];
  while (text.size() < bytes_max) {
    const ssize_t count = read(file.get(), bytes, std::min(sizeof(bytes), bytes_max - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(bytes, static_cast<std::size_t>(count));
  }
  return text;
}

std::optional<std::string> line_of_file(const std::string& path) {
  const auto text = text_of_file(path, 4096);
  if (!text) return std::nullopt;
  const std::string line = text->substr(0, text->find('\n'));
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string::npos) return std::string();
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

std::optional<std::int64_t> number_of_file(const std::string& path) {
  const auto line = line_of_file(path);
  std::int64_t number = 0;
  if (!line || line->empty()) return std::nullopt;
  const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), number);
  if (error != std::errc() || end != line->data() + line->size()) return std::nullopt;
  return number;
}

std::optional<std::vector<std::string>> names_in_directory(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  for (auto entry = std::filesystem::directory_iterator(path, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) return std::nullopt;
  std::sort(names.begin(), names.end());
  return names;
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShownMax = 5;
  std::map<std::string_view, std::size_t> times;
  std::vector<std::string_view> each;  // in their order
  for (const std::string& name : names)
    if (++times[name] == 1) each.push_back(name);
  std::string text;
  for (std::size_t i = 0; i < std::min(each.size(), kShownMax); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", each[i]);
    if (times[each[i]] > 1) text += fmt::format(" ({} times)", times[each[i]]);
  }
  if (each.size() > kShownMax) text += fmt::format(" and {} more", each.size() - kShownMax);
  return text;
}

}  // namespace purposewatch

#include "rules/language/config_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "rules/language/read_yaml.h"

namespace purposewatch {
namespace {

bool has_only_comments(std::string_view text) {
  std::istringstream lines{std::string{text}};
  for (std::string line; std::getline(lines, line);)
    if (const std::size_t first = line.find_first_not_of(" \t\r");
        first != std::string::npos && line[first] != '#')
      return false;
  return true;
}

}  // namespace

std::string text_of(const Entry& entry, Diagnostics& diagnostics) {
  if (entry.value.kind == Node::Kind::kText) return entry.value.text;
  if (entry.value.kind != Node::Kind::kRefused)
    diagnostics.error(entry.value.at, "'" + entry.key + "' must be text");
  return {};
}

std::string path_of(const Entry& entry, const std::string& file, Diagnostics& diagnostics) {
  const std::string name = text_of(entry, diagnostics);
  return name.empty() ? name : (std::filesystem::path{file}.parent_path() / name).string();
}

std::optional<Node> read_root(const PolicyText& text, Diagnostics& diagnostics) {
  if (!has_only_comments(text.bytes)) return read_yaml(text, diagnostics);
  Node empty;
  empty.kind = Node::Kind::kMap;
  empty.at.file = text.file;
  return empty;
}

Result<PolicyText> read_config_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return fail(path + ": " + (error ? error.message() : "not a regular file"));
  std::ifstream file{path, std::ios::binary};
  std::ostringstream bytes;
  const auto size = std::filesystem::file_size(path, error);
  if (size > 0) bytes << file.rdbuf();
  if (!file || !bytes || error) return fail(path + ": cannot be read");
  return PolicyText{path, bytes.str()};
}

std::string lines_of(const Diagnostics& diagnostics) {
  std::string lines;
  for (const Diagnostic& diagnostic : diagnostics.sorted())
    lines += (lines.empty() ? "" : "\n") + to_string(diagnostic);
  return lines;
}

}  // namespace purposewatch

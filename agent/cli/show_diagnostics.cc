#include "agent/cli/show_diagnostics.h"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "rules/base/utf8.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

// Lines of the files that diagnostics point into; each file is read once. A file that changed meanwhile only
// makes a less helpful picture.
class SourceLines {
 public:
  std::string at(const Position& at) {
    auto file = files_.find(at.file);
    if (file == files_.end()) file = files_.emplace(at.file, read(at.file)).first;
    const auto index = static_cast<std::size_t>(at.line - 1);
    return index < file->second.size() ? file->second[index] : std::string();
  }

 private:
  static std::vector<std::string> read(const std::string& path) {
    std::vector<std::string> lines;
    std::ifstream stream(path);
    for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
    return lines;
  }

  std::map<std::string, std::vector<std::string>> files_;
};

// The line around the place, and a caret below its character.
std::string picture(const std::string& line, int column, bool color) {
  constexpr std::size_t kBefore = 90, kAfter = 60;  // bytes of a long line that are shown
  std::size_t place = 0;
  for (int i = 1; i < column && place < line.size(); ++i)
    place += std::max<std::size_t>(1, utf8_length(std::string_view(line).substr(place)));
  std::size_t start = place > kBefore ? place - kBefore : 0;
  while (start < place && (static_cast<unsigned char>(line[start]) & 0xc0) == 0x80) ++start;
  std::size_t end = std::min(line.size(), place + kAfter);
  while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) ++end;
  const auto shown = [](std::string part) {
    for (char& c : part)
      if (c == '\t' || c == '\r') c = ' ';
    return visible_text(part, Backslash::kKeep);
  };
  const std::string before = shown(line.substr(start, place - start));
  const std::string after = shown(line.substr(place, end - place));
  return "  | " + before + after + "\n  | " + std::string(display_width(before), ' ') +
         styled("^", Style::kGood, color) + "\n";
}

}  // namespace

std::string diagnostics_text(const std::vector<Diagnostic>& diagnostics, const OutputOptions& options) {
  const bool color = wants_color(options);
  const bool with_picture = looks_like_terminal(options);
  SourceLines sources;
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    const bool is_error = one.severity == Diagnostic::Severity::kError;
    const auto visible = [](const std::string& part) { return visible_text(part, Backslash::kKeep); };
    text += styled(visible(to_string(one.at)), Style::kStrong, color) + ": ";
    text += styled(is_error ? "error" : "warning", is_error ? Style::kBad : Style::kWarning, color) + ": ";
    text += visible(one.message) + (one.hint.empty() ? "" : " (" + visible(one.hint) + ")") + "\n";
    if (with_picture && one.at.line > 0) text += picture(sources.at(one.at), one.at.column, color);
  }
  return text;
}

nlohmann::ordered_json diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  auto list = nlohmann::ordered_json::array();
  for (const Diagnostic& one : diagnostics) {
    const bool is_error = one.severity == Diagnostic::Severity::kError;
    list.push_back({{"severity", is_error ? "error" : "warning"},
                    {"file", one.at.file},
                    {"line", one.at.line},
                    {"column", one.at.column},
                    {"message", one.message},
                    {"hint", one.hint}});
  }
  return list;
}

}  // namespace purposewatch

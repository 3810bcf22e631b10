#include "rules/language/read_yaml.h"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "rules/base/utf8.h"
#include "rules/language/tree_builder.h"

namespace purposewatch {
namespace {

// Bytes the library must never see: it would guess an encoding, or pass control characters on.
bool is_clean_text(const PolicyText& text, Diagnostics& diagnostics) {
  if (text.bytes.size() > kPolicyBytesMax) {
    diagnostics.error({text.file, 1, 1}, "larger than 4 MiB: no policy");
    return false;
  }
  std::string_view rest = text.bytes;
  int line = 1, column = 1;
  while (!rest.empty()) {
    const std::size_t length = utf8_length(rest);
    const auto first = static_cast<unsigned char>(rest.front());
    if (length == 0) {
      diagnostics.error({text.file, line, column}, "not UTF-8");
      return false;
    }
    if ((first < 0x20 && first != '\n' && first != '\r' && first != '\t') || first == 0x7f) {
      diagnostics.error({text.file, line, column}, "control characters are not allowed in a policy");
      return false;
    }
    if (first == '\n') {
      ++line;
      column = 0;
    }
    ++column;
    rest.remove_prefix(length);
  }
  return true;
}

// What follows a line and column (from 1, in characters).
std::string_view text_from(std::string_view text, const Position& at) {
  for (int line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  for (int column = 1; column < at.column && !text.empty(); ++column) text.remove_prefix(utf8_length(text));
  return text;
}

// The library takes the end of the file for the end of quotes: a file cut short would pass. Only the last
// quotes can be the ones that never close.
bool quotes_close(std::string_view text) {
  const char quote = text.empty() ? '\0' : text.front();
  if (quote != '\'' && quote != '"') return true;  // a block
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\')
      ++i;
    else if (quote == '\'' && text.substr(i, 2) == "''")
      ++i;
    else if (text[i] == quote)
      return true;
  }
  return false;
}

}  // namespace

std::optional<Node> read_yaml(const PolicyText& text, Diagnostics& diagnostics) {
  if (!is_clean_text(text, diagnostics)) return std::nullopt;
  TreeBuilder builder(text.file, diagnostics);
  std::istringstream stream(text.bytes);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const StopReading&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    diagnostics.error(builder.position(error.mark), "not YAML: " + error.msg);
    return std::nullopt;
  } catch (const std::exception& error) {
    // Out of memory, or something the library did not foresee: the file is refused like any other bad one.
    diagnostics.error({text.file, 1, 1}, std::string("not YAML: ") + error.what());
    return std::nullopt;
  }
  if (!quotes_close(text_from(text.bytes, builder.last_quoted()))) {
    diagnostics.error(builder.last_quoted(), "not YAML: the quotes that open here are never closed");
    return std::nullopt;
  }
  if (!builder.has_root()) {
    diagnostics.error({text.file, 1, 1}, "empty: no policy");
    return std::nullopt;
  }
  return builder.take_root();
}

}  // namespace purposewatch

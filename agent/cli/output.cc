#include "agent/cli/output.h"

#include <libsmartcols/libsmartcols.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr std::string_view kReset = "\x1b[0m";

std::string_view sequence_of(Style style) {
  switch (style) {
    case Style::kGood:
      return "\x1b[32m";
    case Style::kBad:
      return "\x1b[1;31m";
    case Style::kWarning:
      return "\x1b[33m";
    case Style::kStrong:
      return "\x1b[1m";
    case Style::kFaint:
      return "\x1b[2m";
    case Style::kPlain:
      break;
  }
  return {};
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

}  // namespace

void add_output_options(CLI::App& command, OutputOptions& options) {
  command.add_option("-o,--output", options.format, "table, or json for programs")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  command.add_option("--color", options.color, "auto, always or never; auto heeds NO_COLOR")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

bool wants_color(const OutputOptions& options) {
  if (options.color != "auto") return options.color == "always";
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = !terminal || std::string_view(terminal) == "dumb";
  return !is_set("NO_COLOR") && !is_dumb && ::isatty(STDOUT_FILENO) == 1;
}

bool looks_like_terminal(const OutputOptions& options) {
  return options.color == "always" || ::isatty(STDOUT_FILENO) == 1;
}

std::string styled(std::string_view text, Style style, bool color) {
  const std::string_view sequence = sequence_of(style);
  if (!color || sequence.empty()) return std::string(text);
  return std::string(sequence).append(text).append(kReset);
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void Table::Release::operator()(libscols_table* table) const {
  scols_unref_table(table);
}

// Lack of memory is the only way the calls below can fail: then a cell, row or table is missing, nothing
// worse.
Table::Table(bool color) : table_(scols_new_table()) {
  scols_table_enable_colors(table_.get(), color ? 1 : 0);
  scols_table_enable_noencoding(table_.get(), 1);  // cells are made visible before, once for all outputs
}

Table::~Table() = default;

void Table::add_column(const std::string& name, Align align) {
  scols_table_new_column(table_.get(), name.c_str(), 0, align == Align::kRight ? SCOLS_FL_RIGHT : 0);
}

void Table::add_row(const std::vector<Cell>& cells) {
  libscols_line* line = scols_table_new_line(table_.get(), nullptr);
  if (!line) return;
  is_empty_ = false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    scols_line_set_data(line, i, visible_text(cells[i].text).c_str());
    const std::string color(sequence_of(cells[i].style));
    if (libscols_cell* cell = scols_line_get_cell(line, i); cell && !color.empty())
      scols_cell_set_color(cell, color.c_str());
  }
}

std::string Table::text() const {
  if (is_empty_) return {};
  char* printed = nullptr;
  if (scols_print_table_to_string(table_.get(), &printed) != 0 || !printed) return {};
  std::string text = printed;
  std::free(printed);
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

}  // namespace purposewatch

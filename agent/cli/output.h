// What every command that prints data shares: -o table|json, --color auto|always|never, tables.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

struct libscols_table;

namespace purposewatch {

struct OutputOptions {
  std::string format = "table";
  std::string color = "auto";
  bool json() const { return format == "json"; }
};

// Adds -o,--output and --color; `options` must outlive the parsing.
void add_output_options(CLI::App& command, OutputOptions& options);

// auto: when stdout is a terminal that shows colours and NO_COLOR is not set (no-color.org).
bool wants_color(const OutputOptions& options);

// A terminal is watching, or the user asked for what a terminal gets.
bool looks_like_terminal(const OutputOptions& options);

enum class Style { kPlain, kGood, kBad, kWarning, kStrong, kFaint };

// The text in its style, or as it is when `color` is false. It must be visible text already.
std::string styled(std::string_view text, Style style, bool color);

// Compact or indented JSON with a newline; never throws, and no byte outside ASCII reaches the terminal.
std::string json_text(const nlohmann::ordered_json& json);

// A table whose columns fit the terminal. Cells may hold any bytes: they are made visible first.
class Table {
 public:
  explicit Table(bool color);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  enum class Align { kLeft, kRight };
  void add_column(const std::string& name, Align align = Align::kLeft);

  struct Cell {
    std::string text;
    Style style = Style::kPlain;
  };
  // One cell for each column.
  void add_row(const std::vector<Cell>& cells);

  std::string text() const;  // with a final newline; empty without rows

 private:
  struct Release {
    void operator()(libscols_table* table) const;
  };
  std::unique_ptr<libscols_table, Release> table_;
  bool is_empty_ = true;
};

}  // namespace purposewatch

// Pieces of a page. What takes `html` has to be given safe HTML; everything else is escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/report/report.h"

namespace purposewatch {

// Visible text, escaped for content and attributes.
std::string html_of(std::string_view text);
std::string code_html(std::string_view text);
// In UTC; a dash when it is not known.
std::string moment_html(std::int64_t wall_ns);
std::string small_html(const std::string& html);

enum class Tone : std::uint8_t { kGood, kBad, kWarning, kSoft };
std::string tag_html(Tone tone, std::string_view text);

// A person, the user whose rights were used, the program and the service.
std::string actor_html(const Actor& who);
// "open", or what a person has said.
std::string review_html(const ReviewState& review);

// Rows that nobody reads at once are folded away.
class HtmlTable {
 public:
  struct Column {
    std::string name;
    bool is_number = false;
  };
  HtmlTable(std::string caption, std::vector<Column> columns)
      : caption_(std::move(caption)), columns_(std::move(columns)) {}

  // One cell of HTML for each column; the first one names the row.
  void add_row(const std::vector<std::string>& cells_html);
  // more: rows that are counted only, and what they are.
  std::string html(std::uint64_t more, const std::string& what) const;

 private:
  std::string table(const std::string& caption, std::size_t first, std::size_t last) const;

  std::string caption_;
  std::vector<Column> columns_;
  std::vector<std::string> rows_;
};

std::string section_html(std::string_view id, std::string_view title, const std::string& html);
std::string empty_html(std::string_view text);

}  // namespace purposewatch

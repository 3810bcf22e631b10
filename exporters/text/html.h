// Pieces of a page. What takes `html` has to be given safe HTML; everything else is escaped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace purposewatch {

// From the doctype to the beginning of the body: the page loads nothing and runs nothing.
struct PageHead {
  std::string title;
  std::string_view style;       // beyond page_style.h
  std::string icon = "data:,";  // the address of the page's icon
  std::string_view more = "";   // HTML
};
std::string page_head_html(const PageHead& head);

// Visible text, escaped for content and attributes.
std::string html_of(std::string_view text);
std::string code_html(std::string_view text);
std::string small_html(const std::string& html);
// A name of a list of facts, and what is to be said of it.
std::string fact_html(std::string_view name, const std::string& html);

enum class Tone : std::uint8_t { kGood, kBad, kWarning, kSoft };
std::string tag_html(Tone tone, std::string_view text);
// "is-good", ...: what page_style.h colours.
std::string_view class_of(Tone tone);

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
  // Rows beyond the first `shown` are folded away.
  std::string html(std::size_t shown = SIZE_MAX) const;

 private:
  std::string table(const std::string& caption, std::size_t first, std::size_t last) const;

  std::string caption_;
  std::vector<Column> columns_;
  std::vector<std::string> rows_;
};

std::string section_html(std::string_view id, std::string_view title, const std::string& html);
std::string empty_html(std::string_view text);

}  // namespace purposewatch

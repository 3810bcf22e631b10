#include "exporters/text/html.h"

#include <algorithm>

#include "exporters/text/encoding.h"
#include "exporters/text/number_text.h"
#include "exporters/text/page_style.h"

namespace purposewatch {

std::string page_head_html(const PageHead& head) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n";
  html.append(head.more).append("<link rel=\"icon\" href=\"").append(html_of(head.icon)).append("\">\n");
  html.append("<title>").append(html_of(head.title)).append("</title>\n<style>").append(kPageStyle);
  return html.append(head.style).append("</style>\n</head>\n<body>\n");
}

std::string html_of(std::string_view text) {
  return html_text(text, Backslash::kKeep);
}

std::string code_html(std::string_view text) {
  return text.empty() ? "" : "<code>" + html_of(text) + "</code>";
}

std::string small_html(const std::string& html) {
  return html.empty() ? "" : "<small>" + html + "</small>";
}

std::string fact_html(std::string_view name, const std::string& html) {
  return "<div><dt>" + html_of(name) + "</dt><dd>" + html + "</dd></div>";
}

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::kGood:
      return "is-good";
    case Tone::kBad:
      return "is-bad";
    case Tone::kWarning:
      return "is-warn";
    case Tone::kSoft:
      break;
  }
  return "is-soft";
}

std::string tag_html(Tone tone, std::string_view text) {
  return "<span class=\"tag " + std::string(class_of(tone)) + "\">" + html_of(text) + "</span>";
}

void HtmlTable::add_row(const std::vector<std::string>& cells_html) {
  std::string row = "<tr>";
  for (std::size_t i = 0; i < cells_html.size(); ++i) {
    std::string classes = columns_[i].is_number ? "number" : "";
    if (cells_html[i].empty()) classes += classes.empty() ? "blank" : " blank";
    const std::string attribute = classes.empty() ? "" : " class=\"" + classes + "\"";
    if (i == 0)
      row += "<th scope=\"row\"" + attribute + ">" + cells_html[i] + "</th>";
    else
      row += "<td data-label=\"" + html_of(columns_[i].name) + "\"" + attribute + "><div>" + cells_html[i] +
             "</div></td>";
  }
  rows_.push_back(row + "</tr>\n");
}

std::string HtmlTable::table(const std::string& caption, std::size_t first, std::size_t last) const {
  std::string html = "<table>\n<caption>" + html_of(caption) + "</caption>\n<thead><tr>";
  for (const Column& column : columns_)
    html += std::string("<th scope=\"col\"") + (column.is_number ? " class=\"number\">" : ">") +
            html_of(column.name) + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = first; i < last; ++i) html += rows_[i];
  return html + "</tbody>\n</table>\n";
}

std::string HtmlTable::html(std::size_t shown) const {
  if (shown >= rows_.size()) return table(caption_, 0, rows_.size());
  return table(caption_, 0, shown) + "<details>\n<summary>Show " + number_text(rows_.size() - shown) +
         " more</summary>\n" + table(caption_ + ", continued", shown, rows_.size()) + "</details>\n";
}

std::string section_html(std::string_view id, std::string_view title, const std::string& html) {
  std::string out = "<section aria-labelledby=\"";
  out.append(id).append("\">\n<h2 id=\"").append(id).append("\">").append(title).append("</h2>\n");
  return out + html + "</section>\n";
}

std::string empty_html(std::string_view text) {
  return "<p class=\"empty\">" + html_of(text) + "</p>\n";
}

}  // namespace purposewatch

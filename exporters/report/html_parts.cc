#include "exporters/report/html_parts.h"

#include <algorithm>

#include "exporters/report/summary.h"
#include "exporters/text/encoding.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

constexpr std::size_t kRowsShown = 40;

constexpr std::string_view class_of(Tone tone) {
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

}  // namespace

std::string html_of(std::string_view text) {
  return html_text(text, Backslash::kKeep);
}

std::string code_html(std::string_view text) {
  return text.empty() ? "" : "<code>" + html_of(text) + "</code>";
}

std::string moment_html(std::int64_t wall_ns) {
  if (wall_ns == 0 || wall_ns == ReportPeriod::kUnbounded) return "–";
  return "<time datetime=\"" + rfc3339(wall_ns) + "\">" + moment_text(wall_ns) + "</time>";
}

std::string small_html(const std::string& html) {
  return html.empty() ? "" : "<small>" + html + "</small>";
}

std::string tag_html(Tone tone, std::string_view text) {
  return "<span class=\"tag " + std::string(class_of(tone)) + "\">" + html_of(text) + "</span>";
}

std::string actor_html(const Actor& who) {
  std::string html = who.person.empty() ? "not known" : html_of(who.person);
  if (!who.acts_as.empty()) html += " as " + html_of(who.acts_as);
  html += small_html(who.program.starts_with("/") ? code_html(who.program) : html_of(who.program));
  if (!who.service.empty()) html += small_html("service " + html_of(who.service));
  return html;
}

std::string review_html(const ReviewState& review) {
  std::string html = review.is_open ? tag_html(Tone::kBad, "open")
                                    : tag_html(review.disposition == "misuse" ? Tone::kWarning : Tone::kGood,
                                               review.disposition.empty() ? "reviewed" : review.disposition);
  if (!review.severity.empty()) html += small_html("severity " + html_of(review.severity));
  if (!review.reference.empty()) html += small_html(html_of(review.reference));
  if (!review.is_open && !review.by.empty()) html += small_html("by " + html_of(review.by));
  return html;
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

std::string HtmlTable::html(std::uint64_t more, const std::string& what) const {
  const std::size_t shown = std::min(rows_.size(), kRowsShown);
  std::string html = table(caption_, 0, shown);
  if (shown < rows_.size())
    html += "<details>\n<summary>Show " + number_text(rows_.size() - shown) + " more</summary>\n" +
            table(caption_ + ", continued", shown, rows_.size()) + "</details>\n";
  if (more > 0)
    html +=
        "<p class=\"note\">" + number_text(more) + " more " + html_of(what) +
        " are counted and not listed here; a shorter time (<code>--since</code>, <code>--until</code>) lists "
        "them.</p>\n";
  return html;
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

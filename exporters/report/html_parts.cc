#include "exporters/report/html_parts.h"

#include "exporters/text/number_text.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

constexpr std::size_t kRowsShown = 40;

}  // namespace

std::string moment_html(std::int64_t wall_ns) {
  if (wall_ns == 0 || wall_ns == ReportPeriod::kUnbounded) return "–";
  return "<time datetime=\"" + rfc3339(wall_ns) + "\">" + moment_text(wall_ns) + "</time>";
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

std::string listed_html(const HtmlTable& table, std::uint64_t more, const std::string& what) {
  std::string html = table.html(kRowsShown);
  if (more > 0)
    html +=
        "<p class=\"note\">" + number_text(more) + " more " + html_of(what) +
        " are counted and not listed here; a shorter time (<code>--since</code>, <code>--until</code>) lists "
        "them.</p>\n";
  return html;
}

}  // namespace purposewatch

#include "exporters/report/safeguard_chart.h"

#include <fmt/format.h>

#include <algorithm>

#include "exporters/text/html.h"
#include "exporters/text/number_text.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

constexpr double kWidth = 1000;
constexpr std::size_t kSpansTold = 8;

// Told by height, too: a bar that hangs low is seen without its colour.
std::string bar(SafeguardState state, double x, double width) {
  const bool is_tall = state == SafeguardState::kViolated;
  const bool is_thin = state == SafeguardState::kUnknown;
  return fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>",
                     name_of(state), x,
                     is_tall   ? 0
                     : is_thin ? 10
                               : 6,
                     width,
                     is_tall   ? 24
                     : is_thin ? 4
                               : 12);
}

std::string words_of(const SafeguardReport& safeguard) {
  std::string words;
  const std::size_t first =
      safeguard.spans.size() > kSpansTold ? safeguard.spans.size() - kSpansTold : std::size_t{0};
  if (first > 0) words = count_of(first, "earlier state", "earlier states");
  for (std::size_t i = first; i < safeguard.spans.size(); ++i) {
    const SafeguardSpan& span = safeguard.spans[i];
    words += fmt::format("{}{} from {}", words.empty() ? "" : "; ", name_of(span.state),
                         moment_text(span.from_ns));
  }
  return words;
}

}  // namespace

std::string safeguard_chart(const SafeguardReport& safeguard, std::int64_t from_ns, std::int64_t to_ns) {
  const double all = std::max(1.0, static_cast<double>(to_ns - from_ns));
  const auto at = [&](std::int64_t wall_ns) {
    return std::clamp(static_cast<double>(wall_ns - from_ns) / all, 0.0, 1.0) * kWidth;
  };
  std::string svg = fmt::format(
      "<svg class=\"chart\" viewBox=\"0 0 {} 24\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{}\">"
      "<rect class=\"track\" x=\"0\" y=\"11\" width=\"{}\" height=\"2\"/>",
      kWidth, html_of(words_of(safeguard)), kWidth);
  for (const SafeguardSpan& span : safeguard.spans) {
    // However short it was, it is seen.
    const double width = std::max(3.0, at(span.to_ns) - at(span.from_ns));
    svg += bar(span.state, std::min(at(span.from_ns), kWidth - width), width);
  }
  return svg + "</svg>";
}

std::string safeguard_legend() {
  std::string html = "<ul class=\"legend\">";
  for (const SafeguardState state :
       {SafeguardState::kOk, SafeguardState::kViolated, SafeguardState::kUnknown})
    html += fmt::format("<li><svg viewBox=\"0 0 40 24\" aria-hidden=\"true\">{}</svg>{}</li>",
                        bar(state, 0, 40), name_of(state));
  return html + "</ul>\n";
}

}  // namespace purposewatch

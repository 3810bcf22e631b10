#include "exporters/http/web_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

struct Sign {
  std::string_view ground, mark;  // paths
  std::string_view colour;        // of an icon, which has no style
};

// A disc that is ticked, a triangle, an octagon.
Sign sign_of(Tone tone) {
  switch (tone) {
    case Tone::kBad:
      return {"M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9Z", "M12 6v7.2M12 17.4v.2", "%23c0392f"};
    case Tone::kWarning:
      return {"M12 1.5 23.5 22H.5Z", "M12 9v5.6M12 18.4v.2", "%23c98a1b"};
    case Tone::kGood:
    case Tone::kSoft:
      break;
  }
  return {"M12 1a11 11 0 0 1 0 22 11 11 0 0 1 0-22Z", "M6.8 12.6l3.6 3.6 7-7.9", "%232f8f5b"};
}

std::string_view urgency_of(Tone tone) {
  return tone == Tone::kBad ? "Needs a person now" : tone == Tone::kGood ? "In order" : "Look when you can";
}

}  // namespace

std::string sign_html(Tone tone) {
  const Sign sign = sign_of(tone);
  return fmt::format(
      R"(<svg class="sign {}" viewBox="0 0 24 24" aria-hidden="true"><path class="ground" d="{}"/>)"
      R"(<path class="mark" d="{}"/></svg>)",
      class_of(tone), sign.ground, sign.mark);
}

std::string icon_of(Tone tone) {
  const Sign sign = sign_of(tone);
  return fmt::format(
      "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><path fill='{}' "
      "d='{}'/><path fill='none' stroke='white' stroke-width='3' stroke-linecap='round' d='{}'/></svg>",
      sign.colour, sign.ground, sign.mark);
}

std::string state_html(const StatusSummary& summary) {
  std::string html = fmt::format("<div class=\"state {}\">{}<div>\n<h1>{}</h1>\n<p><strong>{}</strong>",
                                 class_of(summary.tone), sign_html(summary.tone), html_of(summary.headline),
                                 urgency_of(summary.tone));
  if (summary.concerns.empty())
    return html + ": every hook has fired, no incident is open, nothing was lost</p>\n</div></div>\n";
  const Concern& worst = summary.concerns.front();
  if (!worst.detail.empty()) html += ": " + html_of(worst.detail);
  return html + "</p>\n</div>" + command_html(worst.command) + "</div>\n";
}

std::string when_html(double seconds, double now, std::string_view never) {
  if (!(seconds > 0)) return "<span class=\"is-soft\">" + html_of(never) + "</span>";
  const std::string moment = moment_text(wall_ns_of_seconds(seconds));
  return fmt::format("<time datetime=\"{}T{}Z\">{}</time><small>{} UTC</small>", moment.substr(0, 10),
                     moment.substr(11), ago_text(seconds, now), moment);
}

std::string command_html(std::string_view command) {
  return command.empty() ? "" : "<code class=\"type\">" + html_of(command) + "</code>";
}

std::string fill_html(double share, Tone tone) {
  return fmt::format(
      R"(<svg class="fill {}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">)"
      R"(<rect width="{:.1f}" height="1"/></svg>)",
      class_of(tone), std::clamp(share, 0.0, 1.0) * 100);
}

std::string eyebrow_html(std::string_view host, std::string_view what) {
  std::string html = "<p class=\"eyebrow\">";
  if (!host.empty()) html += "<b>" + html_of(host) + "</b> · ";
  return html + "purposewatch" + (what.empty() ? "" : " · ") + html_of(what) + "</p>\n";
}

}  // namespace purposewatch

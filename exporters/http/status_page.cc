// The agent's state on one screen, for a person on call: no script, and nothing that could name a client.
#include <algorithm>
#include <numeric>

#include "exporters/http/agent_pages.h"
#include "exporters/http/status_sections.h"
#include "exporters/http/status_summary.h"
#include "exporters/http/web_parts.h"
#include "exporters/http/web_style.h"
#include "exporters/text/number_text.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

// Those beside the worst, which the heading tells.
std::string other_concerns_html(const StatusSummary& summary) {
  if (summary.concerns.size() < 2) return {};
  std::string html = "<ul class=\"concerns\" aria-label=\"What else to look at\">\n";
  for (std::size_t i = 1; i < summary.concerns.size(); ++i) {
    const Concern& concern = summary.concerns[i];
    html += "<li>" + sign_html(concern.tone) + "<div>" + html_of(concern.what) +
            small_html(html_of(concern.detail)) + "</div>" + command_html(concern.command) + "</li>\n";
  }
  return html + "</ul>\n";
}

// Soft stands for what is neither good nor bad.
std::string figure(std::string_view name, const std::string& number, Tone tone, const std::string& html) {
  std::string out = "<li><span>" + html_of(name) + "</span><b";
  if (tone != Tone::kSoft) out.append(" class=\"").append(class_of(tone)).append("\"");
  return out + ">" + html_of(number) + "</b><span>" + html + "</span></li>\n";
}

template <class Values, class Value>
std::uint64_t sum_of(const Values& values, Value value) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const auto& each) { return sum + value(each); });
}

std::string incidents_figure(const Health& health) {
  const std::uint64_t open = sum_of(health.incidents, [](const IncidentCount& count) { return count.open; });
  const bool is_critical =
      std::any_of(health.incidents.begin(), health.incidents.end(),
                  [](const auto& count) { return count.open > 0 && count.severity == "critical"; });
  if (open == 0 && !health.ready) return figure("Open incidents", "0", Tone::kSoft, "as far as it sees");
  return figure("Open incidents", number_text(open),
                open == 0     ? Tone::kGood
                : is_critical ? Tone::kBad
                              : Tone::kWarning,
                open == 0 ? "nobody has to be told" : "nobody has reviewed them yet");
}

std::string flagged_figure(const Health& health, double now) {
  double last = 0;
  for (const StoreHealth& store : health.stores) last = std::max(last, store.last_flagged_timestamp);
  return figure("Flagged in all",
                number_text(sum_of(health.flagged, [](const FlaggedCount& count) { return count.value; })),
                Tone::kSoft, last > 0 ? "last: " + when_html(last, now) : "never");
}

std::string losses_figure(const Health& health) {
  const std::uint64_t lost = sum_of(health.lost, [](const StageLoss& loss) { return loss.value; });
  return figure("Events lost", number_text(lost), lost == 0 ? Tone::kGood : Tone::kWarning,
                "of " + number_text(health.seen) + " that went up");
}

std::string hooks_figure(const Health& health) {
  const std::uint64_t up = sum_of(health.hooks, [](const HookHealth& hook) { return hook.up ? 1U : 0U; });
  return figure("Hooks up", number_text(up) + " of " + number_text(health.hooks.size()),
                health.ready ? Tone::kGood : Tone::kBad,
                "by " + html_of(health.backend) + (health.ready ? "; they fire" : ""));
}

std::string evidence_figure(const EvidenceHealth& evidence) {
  return figure("Records of evidence", number_text(evidence.records),
                evidence.is_writable ? Tone::kGood : Tone::kBad,
                evidence.is_writable ? "on the disk" : "cannot be written");
}

std::string figures_html(const Health& health, double now) {
  std::string html = "<ul class=\"figures\">\n" + incidents_figure(health) + flagged_figure(health, now) +
                     losses_figure(health) + hooks_figure(health);
  if (health.evidence) html += evidence_figure(*health.evidence);
  return html + "</ul>\n";
}

std::string footer_html(const PageSubject& of, bool refreshes) {
  std::string html = "<footer>\n<p>As of " + moment_text(wall_ns_of_seconds(of.now)) +
                     " UTC. The agent started " + when_html(of.health.start_timestamp, of.now) +
                     "; version " + html_of(of.version) + ".</p>\n<p>";
  html += refreshes ? "The page is loaded anew every 30 seconds: <a href=\"/status/still\">keep it still</a>."
                    : "The page stays as it is: <a href=\"/status\">load it anew every 30 seconds</a>.";
  return html + " <a href=\"/\">All pages</a></p>\n</footer>\n</body>\n</html>\n";
}

}  // namespace

std::string status_page(const PageSubject& of, bool refreshes) {
  const Health& health = of.health;
  const StatusSummary summary = summary_of(health);
  PageHead head{summary.headline + (of.host.empty() ? "" : " · " + of.host), kWebStyle,
                icon_of(summary.tone)};
  if (refreshes) head.more = "<meta http-equiv=\"refresh\" content=\"30\">\n";
  std::string html = page_head_html(head) + "<header>\n" + eyebrow_html(of.host, "status");
  html += state_html(summary) + other_concerns_html(summary) + figures_html(health, of.now);
  html += "</header>\n<main class=\"halves\">\n<div>\n";
  html += stores_section(health, of.now) + safeguards_section(health) + hooks_section(health, of.now);
  html += "</div>\n<div>\n";
  html += evidence_section(health) + policy_section(health, of.now) + grants_section(health, of.now) +
          paging_section(health) + losses_section(health) + tables_section(health);
  return html + "</div>\n</main>\n" + footer_html(of, refreshes);
}

}  // namespace purposewatch

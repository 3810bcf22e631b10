// One small page without script, for whoever opens the agent's address in a browser.
#include "exporters/http/agent_pages.h"
#include "exporters/http/status_summary.h"
#include "exporters/http/web_parts.h"
#include "exporters/http/web_style.h"

namespace purposewatch {
namespace {

std::string link(std::string_view path, std::string_view what) {
  return "<a href=\"" + html_of(path) + "\"><b>" + html_of(path) + "</b> <span>" + html_of(what) +
         "</span></a>\n";
}

std::string facts_html(const PageSubject& of) {
  const Health& health = of.health;
  std::string html = "<dl class=\"facts\">\n";
  html += fact_html("Sees every access",
                    health.ready ? tag_html(Tone::kGood, "ready") + small_html("every hook has fired")
                                 : tag_html(Tone::kBad, "not ready") +
                                       small_html(html_of(without_directories(health.not_ready_reason))));
  html += fact_html("Policy",
                    html_of(health.policy.name) + small_html("version " + html_of(health.policy.version)));
  if (!health.reload_successful)
    html += fact_html("Last reload", tag_html(Tone::kWarning, "refused") +
                                         small_html(html_of(without_directories(health.reload_error))));
  html += fact_html("Backend", html_of(health.backend));
  html += fact_html("Version", html_of(of.version));
  return html + "</dl>\n";
}

}  // namespace

std::string landing_page(const PageSubject& of, bool lifecycle) {
  const StatusSummary summary = summary_of(of.health);
  std::string html = page_head_html(
      {of.host.empty() ? "purposewatch" : "purposewatch · " + of.host, kWebStyle, icon_of(summary.tone)});
  html += "<div class=\"narrow\">\n<header>\n" + eyebrow_html(of.host, "") + state_html(summary) +
          "<p>Watches which process touches which client data on this host, and for which purpose.</p>\n"
          "</header>\n<main>\n<nav class=\"links\" aria-label=\"Pages\">\n";
  html += link("/status", "the agent and what it has seen, on one screen") +
          link("/metrics", "for Prometheus") + link("/-/healthy", "is the agent alive?") +
          link("/-/ready", "does it see every access?");
  html += "</nav>\n" + facts_html(of) + "</main>\n<footer>\n<p>";
  html += lifecycle ? "POST /-/reload loads the policy anew." : "SIGHUP loads the policy anew.";
  return html + "</p>\n</footer>\n</div>\n</body>\n</html>\n";
}

}  // namespace purposewatch

#include "exporters/report/report_html.h"

#include "exporters/report/html_parts.h"
#include "exporters/report/html_sections.h"
#include "exporters/report/report_style.h"
#include "exporters/report/summary.h"
#include "exporters/text/number_text.h"

namespace purposewatch {
namespace {

std::string figure(std::uint64_t number, std::string_view what, bool is_bad = false) {
  return std::string("<li><b") + (is_bad && number > 0 ? " class=\"is-bad\">" : ">") + number_text(number) +
         "</b><span>" + std::string(what) + "</span></li>";
}

std::string period_html(const Report& report) {
  const ReportPeriod& period = report.period;
  const std::string from = moment_html(period.since_ns != 0 ? period.since_ns : period.first_ns);
  const bool is_open = period.until_ns == ReportPeriod::kUnbounded;
  return from +
         small_html("to " + moment_html(is_open ? report.evidence.last_wall_ns : period.until_ns) + " UTC");
}

std::string words_of(const PolicyIdentity& policy) {
  return html_of(policy.name) + " " + html_of(policy.version);
}

// The one that clauses are told by need not be the one that was in force.
std::string policy_html(const Report& report) {
  const auto& in_force = report.in_force;
  if (!report.policy || report.is_about_client()) {
    const std::string unread = report.is_about_client()
                                   ? ""
                                   : small_html("the files were not read: " + html_of(report.policy_error));
    if (!in_force) return "not known" + unread;
    return words_of(*in_force) + small_html(code_html(in_force->digest.substr(0, 16))) + unread;
  }
  std::string html = words_of(*report.policy) + small_html(code_html(report.policy->digest.substr(0, 16)));
  if (in_force && in_force->digest != report.policy->digest)
    html += small_html("not the one last in force, which was " + words_of(*in_force) + " " +
                       code_html(in_force->digest.substr(0, 16)));
  return html;
}

std::string facts_html(const Report& report) {
  std::string html = "<dl class=\"facts\">\n";
  html += fact_html("Host", html_of(report.host_name.empty() ? report.host_id : report.host_name) +
                                (report.host_name.empty() ? "" : small_html(code_html(report.host_id))));
  html += fact_html("Time", period_html(report));
  html += fact_html("Policy", policy_html(report));
  html +=
      fact_html("Records", number_text(report.records) +
                               small_html(report.is_about_client() ? "about this client" : "in this time"));
  return html + "</dl>\n";
}

std::string figures_html(const Report& report) {
  std::string html = "<ul class=\"figures\">\n";
  html += figure(report.accesses.flagged, "accesses flagged", true);
  html += figure(report.open_incidents, "incidents open", true);
  html += figure(report.accesses.granted, "accesses granted");
  html += figure(report.grants.rows.size() + report.grants.more, "grants");
  if (report.permitted_is_recorded) html += figure(report.accesses.permitted, "accesses permitted");
  return html + "</ul>\n";
}

// Whether it is in order is the host's question, not the client's.
std::string answer_html(const Report& report) {
  const bool attention = needs_attention(report);
  std::string html = std::string("<p class=\"answer") + (attention ? " attention\">" : "\">");
  if (!report.is_about_client())
    html += attention ? "<strong class=\"is-bad\">Needs a person</strong>"
                      : "<strong class=\"is-good\">In order</strong>";
  return html + html_of(summary_of(report)) + "</p>\n";
}

}  // namespace

std::string report_html(const Report& report) {
  const auto& sections = report.is_about_client() ? sections_about_client() : sections_about_all();
  const std::string& host = report.host_name.empty() ? report.host_id : report.host_name;
  const std::string title = report.is_about_client()
                                ? "Who touched the data of " + report.client
                                : "Privacy report of " + (host.empty() ? "this host" : host);
  std::string html = page_head_html({title, kReportStyle});
  html += "<a class=\"skip\" href=\"#content\">Skip to the report</a>\n";
  html += "<header>\n<p class=\"eyebrow\">purposewatch · evidence</p>\n<h1>" + html_of(title) + "</h1>\n";
  html += answer_html(report);
  html += facts_html(report) + figures_html(report) + "<nav aria-label=\"Contents\"><ul>";
  for (const HtmlSection& section : sections)
    html.append("<li><a href=\"#").append(section.id).append("\">").append(section.title).append("</a></li>");
  html += "</ul></nav>\n</header>\n<main id=\"content\" tabindex=\"-1\">\n";
  for (const HtmlSection& section : sections)
    html += section_html(section.id, section.title, section.html(report));
  html += "</main>\n<footer><p>Made " + moment_html(report.made_ns) + " UTC by purposewatch " +
          html_of(report.version) +
          ". Names that a program could choose are shown as visible text: bytes that are none, as "
          "<code>\\xNN</code>.</p>";
  if (!report.is_about_client())
    html +=
        "<p>Whose data was touched is told as a number alone; <code>purposewatch report --client NAME</code> "
        "is "
        "about one client.</p>";
  return html + "</footer>\n</body>\n</html>\n";
}

}  // namespace purposewatch

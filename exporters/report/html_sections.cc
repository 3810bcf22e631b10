#include "exporters/report/html_sections.h"

#include "exporters/report/html_parts.h"
#include "exporters/report/safeguard_chart.h"
#include "exporters/text/number_text.h"
#include "exporters/text/time_text.h"

namespace purposewatch {
namespace {

std::string line(const std::string& html) {
  return "<li>" + html + "</li>";
}

Tone tone_of(SafeguardState state) {
  return state == SafeguardState::kOk         ? Tone::kGood
         : state == SafeguardState::kViolated ? Tone::kBad
                                              : Tone::kSoft;
}

bool is_broken(const ClauseReport& clause) {
  return clause.open_incidents > 0 || clause.safeguards_violated > 0;
}

bool is_silent(const ClauseReport& clause) {
  return clause.protections.empty() && clause.accesses.permitted + clause.accesses.granted == 0 &&
         clause.accesses.flagged + clause.grants == 0 &&
         clause.safeguards_ok + clause.safeguards_violated + clause.safeguards_unknown == 0;
}

std::string what_happened(const ClauseReport& clause) {
  const AccessCounts& counts = clause.accesses;
  std::string html;
  if (counts.permitted > 0) html += line(count_of(counts.permitted, "access", "accesses") + " permitted");
  if (counts.granted > 0) html += line(count_of(counts.granted, "access", "accesses") + " under a grant");
  if (clause.grants > 0) html += line(count_of(clause.grants, "grant", "grants"));
  if (counts.flagged > 0)
    html += line("<strong class=\"is-bad\">" + count_of(counts.flagged, "access", "accesses") +
                 " flagged</strong> in " + count_of(clause.incidents, "incident", "incidents") + ", " +
                 (clause.open_incidents == 0 ? "none" : number_text(clause.open_incidents)) + " open");
  if (clause.safeguards_ok > 0)
    html += line(count_of(clause.safeguards_ok, "safeguard holds", "safeguards hold"));
  if (clause.safeguards_violated > 0)
    html +=
        line("<strong class=\"is-bad\">" +
             count_of(clause.safeguards_violated, "safeguard is", "safeguards are") + " violated</strong>");
  if (clause.safeguards_unknown > 0)
    html +=
        line("of " + count_of(clause.safeguards_unknown, "safeguard", "safeguards") + " nothing is known");
  return html.empty() ? line("nothing was flagged, and nothing granted") : html;
}

std::string card(const ClauseReport& clause, bool has_policy) {
  std::string html = std::string("<article class=\"card ") +
                     (is_broken(clause)             ? "bad"
                      : clause.accesses.flagged > 0 ? "warn"
                      : is_silent(clause)           ? "none"
                                                    : "good") +
                     "\">\n<h3><span class=\"id\">" + html_of(clause.id) + "</span>" +
                     html_of(clause.title.empty() ? "Clause " + clause.id : clause.title) + "</h3>\n<p>" +
                     html_of(clause.promise) + "</p>\n<ul>" + what_happened(clause) + "</ul>\n";
  if (clause.protections.empty())
    return html + "<p class=\"note\">" +
           (has_policy ? "Nothing in the policy stands for it."
                       : "The policy was not read: what protects it is not known here.") +
           "</p></article>\n";
  html += "<details><summary>What protects it (" + number_text(clause.protections.size()) + ")</summary><ul>";
  for (const std::string& protection : clause.protections) html += line(html_of(protection));
  return html + "</ul></details></article>\n";
}

std::string clients_text(const IncidentReport& incident) {
  return (incident.clients_are_more ? "more than " : "") + number_text(incident.clients);
}

std::string period_of_grant(const GrantReport& grant) {
  std::string html = moment_html(grant.given_ns);
  if (grant.state == "refused") return html;
  if (grant.ended_ns != 0) return html + small_html("to " + moment_html(grant.ended_ns));
  return grant.expires_ns == 0 ? html : html + small_html("until " + moment_html(grant.expires_ns));
}

Tone tone_of_grant(const GrantReport& grant) {
  if (grant.state == "refused") return Tone::kWarning;
  return grant.state == "given" ? Tone::kGood : Tone::kSoft;
}

std::string state_of_grant(const GrantReport& grant, bool is_about_client) {
  std::string html = tag_html(tone_of_grant(grant), grant.state.empty() ? "not known" : grant.state);
  if (grant.is_break_glass)
    html += " " + tag_html(Tone::kWarning, "break-glass") +
            (grant.reviewed_by.empty() ? " " + tag_html(Tone::kBad, "to be reviewed") : "");
  if (!grant.reviewed_by.empty()) html += small_html("reviewed by " + html_of(grant.reviewed_by));
  if (!grant.why.empty()) html += small_html(html_of(grant.why));
  if (is_about_client) return html;
  return html + small_html(grant.clients_are_blanked ? "clients erased"
                           : grant.clients == 0      ? "all clients of the store"
                                                     : "for " + count_of(grant.clients, "client", "clients"));
}

std::string reference_of(const GrantReport& grant) {
  std::string html = html_of(grant.reference);
  if (!grant.approved_by.empty())
    html += small_html("approved by " + html_of(grant.approved_by));
  else if (grant.state != "refused")
    html += small_html("approved by nobody");
  if (!grant.requested_by.empty()) html += small_html("asked for by " + html_of(grant.requested_by));
  return html;
}

}  // namespace

std::string clauses_html(const Report& report) {
  std::string html = "<div class=\"cards\">\n";
  for (const ClauseReport& clause : report.clauses) html += card(clause, report.policy.has_value());
  return html + "</div>\n";
}

std::string purposes_html(const Report& report) {
  std::string html =
      "<p>What the policy permits is counted in the kernel, not recorded access by access; what is granted "
      "or "
      "flagged is a record each. ";
  html += report.permitted_is_recorded
              ? "The counts here begin at " + moment_html(report.permitted_since_ns) + " UTC."
              : "The evidence of this time holds no such counts: Prometheus has them, as "
                "<code>purposewatch_accesses_total</code>.";
  html += "</p>\n";
  HtmlTable table("Accesses by purpose",
                  {{"Purpose"}, {"Clause"}, {"Permitted", true}, {"Granted", true}, {"Most by"}});
  for (const PurposeUse& use : report.purposes) {
    std::string most;
    for (const ServiceUse& one : use.by_service.rows) {
      if (most.size() > 400) break;
      most += small_html(html_of(one.service.empty() ? "a person" : one.service) + " in " +
                         html_of(one.store) + ": " + number_text(one.permitted + one.granted));
    }
    table.add_row({html_of(use.purpose) + (use.needs_grant ? small_html("only by grant") : ""),
                   html_of(use.clause),
                   use.needs_grant                ? "–"
                   : report.permitted_is_recorded ? number_text(use.permitted)
                                                  : "not here",
                   number_text(use.granted), most});
  }
  return report.purposes.empty() ? html + empty_html("No purpose is known.")
                                 : html + listed_html(table, 0, "");
}

std::string incidents_html(const Report& report) {
  if (report.incidents.rows.empty()) return empty_html("Nothing was flagged.");
  HtmlTable table(
      "Flagged accesses: the same person, reason and store are one incident; open ones first. Times are UTC.",
      {{"Incident"},
       {"Who"},
       {"Store and reason"},
       {"Accesses", true},
       {"Clients", true},
       {"First and last"},
       {"State"}});
  for (const IncidentReport& incident : report.incidents.rows)
    table.add_row({code_html(incident.id) + small_html("from record " + number_text(incident.first_record)),
                   actor_html(incident.who),
                   html_of(incident.store) +
                       small_html(html_of(incident.reason) +
                                  (incident.clause.empty() ? "" : ", " + html_of(incident.clause))),
                   number_text(incident.accesses), clients_text(incident),
                   moment_html(incident.first_ns) + "<br>" + moment_html(incident.last_ns),
                   review_html(incident.review)});
  return listed_html(table, report.incidents.more, "incidents, or findings of them,");
}

std::string disclosures_html(const Report& report) {
  if (report.disclosures.rows.empty())
    return empty_html("Nobody who had read client data had a way out for it that was recorded.");
  HtmlTable table(
      "Where processes that had read client data could take it, what was flagged first. A way out that is "
      "permitted is counted by "
      "the hour. Times are UTC.",
      {{"To"}, {"Who"}, {"Data of"}, {"Times", true}, {"First and last"}, {"Verdict"}});
  for (const DisclosureReport& way : report.disclosures.rows)
    table.add_row({code_html(way.to) + small_html(html_of(way.kind)), actor_html(way.who), html_of(way.store),
                   number_text(way.count),
                   moment_html(way.first_ns) + "<br>" + moment_html(way.last_ns) +
                       small_html("from record " + number_text(way.first_record)),
                   tag_html(way.verdict == "flagged" ? Tone::kBad : Tone::kGood, way.verdict)});
  return listed_html(table, report.disclosures.more, "ways out");
}

std::string grants_html(const Report& report) {
  const bool is_about_client = report.is_about_client();
  if (report.grants.rows.empty())
    return empty_html(is_about_client ? "No grant covered this client's data."
                                      : "Nothing was granted, and nothing asked for.");
  HtmlTable table(is_about_client ? "Grants that covered this client's data. Times are UTC."
                                  : "Grants in this time, the latest first. Times are UTC.",
                  {{"Grant"}, {"For whom"}, {"Purpose"}, {"Reference"}, {"When"}, {"Used", true}, {"State"}});
  for (const GrantReport& grant : report.grants.rows) {
    std::string access;
    for (const std::string& kind : grant.access) access += (access.empty() ? "" : ", ") + kind;
    table.add_row(
        {code_html(grant.id), html_of(grant.who),
         html_of(grant.purpose) +
             small_html(html_of(access + (grant.store.empty() ? "" : " in " + grant.store))),
         reference_of(grant), period_of_grant(grant),
         number_text(grant.granted) +
             (grant.flagged > 0 ? small_html(number_text(grant.flagged) + " flagged beside it") : ""),
         state_of_grant(grant, is_about_client)});
  }
  return listed_html(table, report.grants.more, "grants, or events of them,");
}

std::string safeguards_html(const Report& report) {
  if (report.safeguards.rows.empty()) return empty_html("None recorded in this time.");
  std::int64_t from = ReportPeriod::kUnbounded, to = 0;
  for (const SafeguardReport& safeguard : report.safeguards.rows) {
    from = std::min(from, safeguard.spans.front().from_ns);
    to = std::max(to, safeguard.spans.back().to_ns);
  }
  if (report.period.since_ns != 0) from = report.period.since_ns;
  std::string html = safeguard_legend();
  HtmlTable table("Safeguards from " + moment_text(from) + " (left) to " + moment_text(to) + " (right), UTC",
                  {{"Safeguard"}, {"Clause"}, {"Over time"}, {"At the end"}});
  for (const SafeguardReport& safeguard : report.safeguards.rows)
    table.add_row({html_of(safeguard.name) + small_html(html_of(safeguard.kind)), html_of(safeguard.clause),
                   safeguard_chart(safeguard, from, to),
                   tag_html(tone_of(safeguard.now()), name_of(safeguard.now())) +
                       small_html(html_of(safeguard.spans.back().why))});
  return html + listed_html(table, report.safeguards.more, "changes of other safeguards");
}

}  // namespace purposewatch

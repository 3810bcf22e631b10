// What the evidence says of the agent and of itself, and of one client: the other sections.
#include "exporters/report/html_parts.h"
#include "exporters/report/html_sections.h"
#include "exporters/text/number_text.h"

namespace purposewatch {
namespace {

std::string list_of(std::string_view title, const std::vector<std::string>& texts, std::uint64_t count) {
  if (texts.empty()) return {};
  std::string html = "<h3>" + std::string(title) + "</h3>\n<ul>";
  for (const std::string& text : texts) html += "<li>" + html_of(text) + "</li>";
  if (count > texts.size()) html += "<li>and " + number_text(count - texts.size()) + " more</li>";
  return html + "</ul>\n";
}

std::string why_html(const ClientAccess& access) {
  if (access.verdict == "flagged")
    return tag_html(Tone::kBad, "flagged") +
           small_html(html_of(access.reason) + (access.clause.empty() ? "" : ", " + html_of(access.clause)));
  std::string html = html_of(access.purpose);
  if (!access.clause.empty()) html += small_html(html_of(access.clause));
  if (!access.grant.empty()) html += small_html("grant " + html_of(access.grant));
  if (!access.reference.empty()) html += small_html("reference " + html_of(access.reference));
  return html;
}

std::string when_html(const ClientAccess& access) {
  std::string html = access.first_ns == access.last_ns
                         ? moment_html(access.last_ns)
                         : moment_html(access.first_ns) + "<br>" + moment_html(access.last_ns);
  return html + small_html("record " + number_text(access.record));
}

}  // namespace

std::string happenings_html(const Report& report) {
  std::string html;
  if (!report.lost.empty()) {
    html += "<p>Lost on the way, and counted: ";
    std::string lost;
    for (const auto& [stage, count] : report.lost)
      lost += (lost.empty() ? "" : ", ") + number_text(count) + " at " + html_of(stage);
    html += lost + ".</p>\n";
  }
  if (report.happenings.rows.empty())
    return html + empty_html("Nothing was recorded of the agent in this time.");
  HtmlTable table(
      "Policies in force, starts and stops, gaps and losses, tampering, space, erasures. Times are UTC.",
      {{"When"}, {"Kind"}, {"What"}, {"Record", true}});
  for (const Happening& happening : report.happenings.rows)
    table.add_row({moment_html(happening.wall_ns),
                   tag_html(happening.is_trouble ? Tone::kBad : Tone::kSoft, happening.kind),
                   html_of(happening.what), number_text(happening.record)});
  return html + listed_html(table, report.happenings.more, "earlier ones");
}

std::string evidence_html(const Report& report) {
  const EvidenceCheck& evidence = report.evidence;
  std::string html =
      "<p>The whole log was verified while this report was made: each record's digests and place in the "
      "chain, each signature, and that nothing is missing in between. Whoever has noted the key or a head of "
      "the "
      "chain elsewhere can compare them with these.</p>\n<dl class=\"facts\">";
  html += fact_html("Result", evidence.last == 0    ? tag_html(Tone::kSoft, "empty")
                              : evidence.is_sound() ? tag_html(Tone::kGood, "sound")
                                                    : tag_html(Tone::kBad, "not as it was written"));
  html += fact_html("Records", number_text(evidence.first) + " to " + number_text(evidence.last) +
                                   small_html("signed up to " + number_text(evidence.signed_up_to)));
  html += fact_html("Time", moment_html(evidence.first_wall_ns) +
                                small_html("to " + moment_html(evidence.last_wall_ns) + " UTC"));
  html += fact_html("Signatures",
                    number_text(evidence.checkpoints) +
                        small_html("by " + count_of(evidence.keys, "key", "keys") + ", one after the other"));
  html += fact_html("Erased by request or age",
                    count_of(evidence.blanked, "record", "records") +
                        small_html(number_text(report.blanked_records) + " in this time"));
  html += fact_html("Head of the chain", code_html(evidence.chain));
  html += fact_html("First key", code_html(evidence.first_key));
  html += "</dl>\n";
  html += list_of("Problems", evidence.problems, evidence.problem_count);
  return html + list_of("Worth knowing", evidence.remarks, evidence.remark_count);
}

std::string client_accesses_html(const Report& report) {
  std::string html =
      "<p>Each row is a record of an access to this client's data that was flagged, or made under a grant. "
      "What services do "
      "all day to serve the client, as the policy permits, is counted and not recorded one by one. Names of "
      "others, "
      "arguments of programs and paths outside the client's own data are left out.</p>\n";
  if (report.client_accesses.rows.empty())
    return html + empty_html("No record of this time is about this client.");
  HtmlTable table("Who touched this client's data, when, and why. Times are UTC.",
                  {{"When"}, {"Who"}, {"Access"}, {"Why"}, {"Times", true}, {"State"}});
  for (const ClientAccess& access : report.client_accesses.rows)
    table.add_row({when_html(access), actor_html(access.who),
                   html_of(access.kind) + small_html("in " + html_of(access.store)) +
                       small_html(code_html(access.to.empty() ? access.place : access.to)),
                   why_html(access), number_text(access.count),
                   access.incident.empty() ? "" : review_html(access.review)});
  return html + listed_html(table, report.client_accesses.more, "earlier records about this client");
}

const std::vector<HtmlSection>& sections_about_all() {
  static const std::vector<HtmlSection> sections = {
      {"clauses", "Clause by clause", clauses_html},
      {"incidents", "What was flagged", incidents_html},
      {"disclosures", "Where it went", disclosures_html},
      {"purposes", "What was permitted", purposes_html},
      {"grants", "What was granted", grants_html},
      {"safeguards", "Safeguards over time", safeguards_html},
      {"happenings", "The agent, gaps and losses", happenings_html},
      {"evidence", "Can it be trusted?", evidence_html}};
  return sections;
}

const std::vector<HtmlSection>& sections_about_client() {
  static const std::vector<HtmlSection> sections = {
      {"accesses", "Who, when and why", client_accesses_html},
      {"grants", "What was granted", grants_html},
      {"happenings", "The agent, gaps and losses", happenings_html},
      {"evidence", "Can it be trusted?", evidence_html}};
  return sections;
}

}  // namespace purposewatch

// What the agent has seen, store by store, and who may do what by grant.
#include <algorithm>
#include <array>
#include <map>

#include "exporters/http/status_sections.h"
#include "exporters/http/web_parts.h"
#include "exporters/text/number_text.h"
#include "rules/model/incident.h"

namespace purposewatch {
namespace {

constexpr std::array kSeverityTones = {Tone::kSoft, Tone::kWarning, Tone::kBad};
static_assert(kSeverityTones.size() == kSeverityNames.size());

struct StoreRow {
  std::string name;
  std::array<std::uint64_t, kSeverityNames.size()> open{};  // by severity
  std::map<std::string, std::uint64_t> threats;             // open ones
  std::uint64_t permitted = 0, flagged = 0, folded = 0;
  double last_flagged = 0;

  // The one that a person has to see first is the greatest.
  auto urgency() const { return std::tuple(open[2], open[1], open[0], last_flagged); }
};

std::vector<StoreRow> rows_of(const Health& health) {
  std::map<std::string, StoreRow> rows;
  for (const StoreHealth& store : health.stores) {
    rows[store.store].last_flagged = store.last_flagged_timestamp;
    rows[store.store].folded = store.suppressed;
  }
  for (const IncidentCount& count : health.incidents)
    if (const auto severity = severity_named(count.severity))
      rows[count.store].open[static_cast<std::size_t>(*severity)] += count.open;
  for (const ThreatCount& count : health.threats)
    if (count.open > 0) rows[count.store].threats[count.threat] += count.open;
  for (const AccessCount& count : health.accesses) rows[count.store].permitted += count.value;
  for (const FlaggedCount& count : health.flagged) rows[count.store].flagged += count.value;
  std::vector<StoreRow> sorted;
  for (auto& [name, row] : rows) {
    row.name = name;
    sorted.push_back(std::move(row));
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const StoreRow& left, const StoreRow& right) {
    return left.urgency() > right.urgency();
  });
  return sorted;
}

std::string count_html(std::uint64_t count, Tone tone) {
  if (count == 0) return "<span class=\"is-soft\">0</span>";
  return tag_html(tone, number_text(count));
}

std::string threats_html(const StoreRow& row) {
  std::string text;
  for (const auto& [threat, open] : row.threats)
    text += (text.empty() ? "open: " : ", ") + number_text(open) + " " + threat;
  return small_html(html_of(text));
}

}  // namespace

std::string stores_section(const Health& health, double now) {
  HtmlTable table(
      "Open incidents by severity, and accesses. What no purpose of the policy covers is flagged.",
      {{"Store"},
       {"Critical", true},
       {"Warning", true},
       {"Notice", true},
       {"Flagged", true},
       {"Last flagged"},
       {"Permitted", true},
       {"Folded", true}});
  const std::vector<StoreRow> rows = rows_of(health);
  for (const StoreRow& row : rows)
    table.add_row({html_of(row.name) + threats_html(row), count_html(row.open[2], kSeverityTones[2]),
                   count_html(row.open[1], kSeverityTones[1]), count_html(row.open[0], kSeverityTones[0]),
                   number_text(row.flagged), when_html(row.last_flagged, now), number_text(row.permitted),
                   number_text(row.folded)});
  return section_html("stores", "Stores",
                      rows.empty() ? empty_html("The policy names no store.") : table.html());
}

std::string grants_section(const Health& health, double now) {
  HtmlTable table("By purpose. Break-glass grants need somebody else's review.",
                  {{"Purpose"}, {"Active", true}, {"First ends"}, {"To review", true}});
  for (const GrantCount& grant : health.grants)
    table.add_row({html_of(grant.purpose), number_text(grant.active),
                   when_html(grant.expiry_timestamp, now, "–"),
                   count_html(grant.unreviewed, Tone::kWarning)});
  return section_html(
      "grants", "Grants",
      health.grants.empty() ? empty_html("No purpose of the policy needs a grant.") : table.html());
}

}  // namespace purposewatch

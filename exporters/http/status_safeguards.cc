// What the policy promises of the host.
#include <algorithm>

#include "exporters/http/status_sections.h"
#include "exporters/http/web_parts.h"

namespace purposewatch {
namespace {

Tone tone_of(SafeguardState state) {
  return state == SafeguardState::kOk         ? Tone::kGood
         : state == SafeguardState::kViolated ? Tone::kBad
                                              : Tone::kSoft;
}

// Violated ones first, then those that nobody can tell of.
int rank_of(const SafeguardHealth& safeguard) {
  return safeguard.result.state == SafeguardState::kViolated  ? 0
         : safeguard.result.state == SafeguardState::kUnknown ? 1
                                                              : 2;
}

}  // namespace

std::string safeguards_section(const Health& health) {
  if (health.safeguards.empty()) return {};
  std::vector<SafeguardHealth> all = health.safeguards;
  std::stable_sort(all.begin(), all.end(), [](const SafeguardHealth& a, const SafeguardHealth& b) {
    return rank_of(a) < rank_of(b);
  });
  HtmlTable table("What the policy promises of this host. Why, and what to do: purposewatch status.",
                  {{"Safeguard"}, {"Kind"}, {"Clause"}, {"State"}});
  for (const SafeguardHealth& one : all)
    table.add_row({html_of(one.safeguard), html_of(name_of(one.kind)), html_of(one.clause),
                   tag_html(tone_of(one.result.state), name_of(one.result.state))});
  return section_html("safeguards", "Safeguards", "<div class=\"inline\">" + table.html() + "</div>");
}

}  // namespace purposewatch

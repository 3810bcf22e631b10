#include "agent/cli/show_safeguards.h"

#include <nlohmann/json.hpp>

#include "agent/cli/output.h"
#include "rules/model/safeguard.h"

namespace purposewatch {
namespace {

Style style_of(std::string_view state) {
  return state == name_of(SafeguardState::kOk)         ? Style::kGood
         : state == name_of(SafeguardState::kViolated) ? Style::kBad
                                                       : Style::kWarning;
}

}  // namespace

std::string safeguards_table(const nlohmann::ordered_json& safeguards, bool color) {
  if (safeguards.empty()) return {};
  Table table(color);
  table.add_column("SAFEGUARD");
  table.add_column("KIND");
  table.add_column("CLAUSE");
  table.add_column("STATE");
  table.add_column("WHY");
  for (const nlohmann::ordered_json& one : safeguards) {
    const std::string state = one.value("state", ""), remedy = one.value("remedy", "");
    table.add_row({{one.value("safeguard", ""), Style::kStrong},
                   {one.value("kind", "")},
                   {one.value("clause", "")},
                   {state, style_of(state)},
                   {one.value("why", "") + (remedy.empty() ? "" : ". " + remedy)}});
  }
  return "\n" + table.text();
}

}  // namespace purposewatch

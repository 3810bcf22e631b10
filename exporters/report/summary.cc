#include "exporters/report/summary.h"

#include <algorithm>
#include <numeric>

#include "exporters/text/number_text.h"

namespace purposewatch {
namespace {

std::string about_accesses(const Report& report) {
  const AccessCounts& counts = report.accesses;
  const std::string whose = report.is_about_client() ? " to this client's data" : "";
  std::string text = counts.flagged == 0 ? "No access" + whose + " went without a purpose"
                                         : count_of(counts.flagged, "access", "accesses") + whose +
                                               " had no purpose that the policy knows";
  if (counts.granted > 0) text += "; " + count_of(counts.granted, "was", "were") + " made under a grant";
  return text + ".";
}

std::string about_incidents(const Report& report) {
  if (report.open_incidents > 0)
    return " " + count_of(report.open_incidents, "incident is", "incidents are") + " open.";
  return report.accesses.flagged > 0 ? " Every incident has been looked at by a person." : "";
}

std::string about_evidence(const Report& report) {
  const EvidenceCheck& evidence = report.evidence;
  if (evidence.last == 0) return " The evidence is empty.";
  if (!evidence.is_sound())
    return " The evidence is not as it was written: " +
           count_of(evidence.problem_count, "problem was", "problems were") + " found in it.";
  return " The evidence is sound up to record " + number_text(evidence.last) + ".";
}

std::string about_losses(const Report& report) {
  const std::uint64_t lost =
      std::accumulate(report.lost.begin(), report.lost.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const auto& stage) { return sum + stage.second; });
  return lost == 0 ? "" : " " + count_of(lost, "event was", "events were") + " lost on the way.";
}

}  // namespace

std::string summary_of(const Report& report) {
  return about_accesses(report) + about_incidents(report) + about_evidence(report) + about_losses(report);
}

bool needs_attention(const Report& report) {
  return report.open_incidents > 0 || !report.evidence.is_sound() ||
         std::any_of(report.safeguards.rows.begin(), report.safeguards.rows.end(),
                     [](const auto& safeguard) { return safeguard.now() == SafeguardState::kViolated; });
}

}  // namespace purposewatch

#include "exporters/http/status_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "exporters/text/number_text.h"
#include "rules/model/incident.h"

namespace purposewatch {
namespace {

constexpr double kNarrowBelow = 0.05;  // of the evidence's file system

using Concerns = std::vector<Concern>;

void add_blindness(Concerns& concerns, const Health& health) {
  if (health.ready) return;
  const bool sees_something =
      std::any_of(health.hooks.begin(), health.hooks.end(), [](const HookHealth& hook) { return hook.up; });
  concerns.push_back({Tone::kBad,
                      sees_something ? "The agent does not see every access" : "The agent is blind",
                      without_directories(health.not_ready_reason), "purposewatch doctor"});
}

std::string incidents_text(const std::array<std::uint64_t, kSeverityNames.size()>& open, std::size_t worst) {
  std::uint64_t all = 0;
  for (const std::uint64_t count : open) all += count;
  const std::string severity(kSeverityNames[worst]);
  if (open[worst] == all)
    return count_of(all, severity + " incident is open", severity + " incidents are open");
  return number_text(all) + " incidents are open, " + number_text(open[worst]) + " of them " + severity;
}

void add_incidents(Concerns& concerns, const Health& health) {
  std::array<std::uint64_t, kSeverityNames.size()> open{};
  std::optional<std::size_t> worst;
  std::vector<std::string_view> stores;
  for (const IncidentCount& count : health.incidents) {
    if (count.open == 0) continue;
    const auto named = severity_named(count.severity);
    if (!named) continue;
    const auto severity = static_cast<std::size_t>(*named);
    open[severity] += count.open;
    worst = std::max(worst.value_or(0), severity);
    if (std::find(stores.begin(), stores.end(), count.store) == stores.end()) stores.push_back(count.store);
  }
  if (!worst) return;
  const bool is_critical = static_cast<Severity>(*worst) == Severity::kCritical;
  concerns.push_back({is_critical ? Tone::kBad : Tone::kWarning, incidents_text(open, *worst),
                      stores.size() == 1 ? "in " + std::string(stores.front())
                                         : "in " + number_text(stores.size()) + " stores",
                      "purposewatch review"});
}

void add_evidence(Concerns& concerns, const Health& health) {
  if (!health.evidence) return;
  const EvidenceHealth& evidence = *health.evidence;
  if (!evidence.is_writable)
    concerns.push_back({Tone::kBad, "The evidence cannot be written",
                        "records are kept in memory, as far as they fit", "journalctl -u purposewatch"});
  const auto total = static_cast<double>(evidence.total_bytes);
  if (total > 0 && static_cast<double>(evidence.free_bytes) < total * kNarrowBelow)
    concerns.push_back({Tone::kWarning, "The evidence runs out of room",
                        size_text(evidence.free_bytes) + " are free", "df -h"});
}

void add_losses(Concerns& concerns, const Health& health) {
  std::uint64_t lost = 0;
  std::string stages;
  for (const StageLoss& loss : health.lost) {
    lost += loss.value;
    if (loss.value > 0) stages += (stages.empty() ? "at stage " : ", ") + loss.stage;
  }
  if (lost > 0)
    concerns.push_back({Tone::kWarning,
                        count_of(lost, "event was", "events were") + " lost since the agent started", stages,
                        "purposewatch events --recorded --kind gap"});
}

void add_safeguards(Concerns& concerns, const Health& health) {
  std::vector<std::string_view> violated;
  bool is_physical = false;
  for (const SafeguardHealth& one : health.safeguards) {
    if (one.result.state != SafeguardState::kViolated) continue;
    violated.push_back(one.safeguard);
    is_physical |= one.kind == SafeguardKind::kPhysical;
  }
  if (violated.empty()) return;
  concerns.push_back({is_physical ? Tone::kBad : Tone::kWarning,
                      count_of(violated.size(), "safeguard does", "safeguards do") + " not hold",
                      fmt::format("{}", fmt::join(violated, ", ")), "purposewatch status"});
}

void add_policy(Concerns& concerns, const Health& health) {
  if (!health.reload_successful)
    concerns.push_back({Tone::kWarning, "The policy that was offered last was refused",
                        "the one before it is still in force", "journalctl -u purposewatch"});
}

void add_grants(Concerns& concerns, const Health& health) {
  std::uint64_t unreviewed = 0;
  for (const GrantCount& grant : health.grants) unreviewed += grant.unreviewed;
  if (unreviewed > 0)
    concerns.push_back({Tone::kWarning,
                        count_of(unreviewed, "break-glass grant waits", "break-glass grants wait") +
                            " for somebody else's review",
                        "", "purposewatch grants"});
}

void add_paging(Concerns& concerns, const Health& health) {
  if (!health.paging || health.paging->failing.empty()) return;
  const std::vector<std::string>& failing = health.paging->failing;
  const bool is_alone = failing.size() == health.paging->receivers;
  std::string which;
  for (const std::string& address : failing) which += (which.empty() ? "" : ", ") + address;
  concerns.push_back({is_alone ? Tone::kBad : Tone::kWarning,
                      is_alone ? "Alerts reach no Alertmanager"
                               : count_of(failing.size(), "Alertmanager", "Alertmanagers") + " of " +
                                     number_text(health.paging->receivers) + " cannot be told of alerts",
                      which, "journalctl -u purposewatch"});
}

}  // namespace

StatusSummary summary_of(const Health& health) {
  StatusSummary summary;
  for (const auto add : {add_blindness, add_incidents, add_evidence, add_losses, add_safeguards, add_paging,
                         add_policy, add_grants})
    add(summary.concerns, health);
  std::stable_partition(summary.concerns.begin(), summary.concerns.end(),
                        [](const Concern& concern) { return concern.tone == Tone::kBad; });
  summary.headline = summary.concerns.empty() ? "All is well" : summary.concerns.front().what;
  if (!summary.concerns.empty()) summary.tone = summary.concerns.front().tone;
  return summary;
}

std::string without_directories(std::string_view message) {
  std::string text;
  for (std::size_t at = 0; at < message.size();) {
    const bool begins = message[at] == '/' && (at == 0 || std::string_view(" '\"(").find(message[at - 1]) !=
                                                              std::string_view::npos);
    if (!begins) {
      text += message[at++];
      continue;
    }
    const std::size_t end = std::min(message.find_first_of(" '\":,)", at), message.size());
    const std::size_t name = message.rfind('/', end - 1) + 1;
    text += message.substr(name, end - name);
    at = end;
  }
  return text;
}

}  // namespace purposewatch

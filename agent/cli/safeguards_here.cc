#include "agent/cli/safeguards_here.h"

#include <chrono>
#include <memory>

#include "agent/kernel/clock.h"
#include "agent/safeguards/all_safeguards.h"
#include "agent/safeguards/patient_worker.h"
#include "rules/base/visible_text.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

constexpr std::chrono::seconds kDeadline{10};

}  // namespace

std::vector<SafeguardHealth> safeguards_here(const std::string& policy) {
  std::vector<SafeguardHealth> all;
  const auto view = std::make_shared<HostView>();
  HostView& host = *view;
  PatientWorker worker;
  host.rules = load_policy({policy}).rules;
  host.wall_ns = clock_ns(CLOCK_REALTIME);
  host.calls = real_host_calls();
  host.agent.state_dir = "/var/lib/purposewatch";
  if (!host.rules) return all;
  for (const Safeguard& promised : host.rules->safeguards) {
    const SafeguardEntry* entry = safeguard_entry(promised.name);
    if (entry == nullptr || (entry->wakes & mask_of(HostChange::kAgent)) != 0) continue;
    const auto found = std::make_shared<SafeguardResult>();
    const bool is_done =
        worker.run([=, check = entry->check] { *found = check(promised, *view); }, kDeadline);
    SafeguardResult result = is_done ? *found : is_unknown("it does not answer", "See dmesg.");
    result.why = visible_text(result.why);
    result.remedy = visible_text(result.remedy);
    all.push_back({.safeguard = promised.name,
                   .clause = promised.clause,
                   .kind = promised.kind,
                   .result = std::move(result),
                   .checked_timestamp = static_cast<double>(host.wall_ns) / 1e9});
  }
  return all;
}

}  // namespace purposewatch

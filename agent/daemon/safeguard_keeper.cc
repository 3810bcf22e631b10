#include "agent/daemon/safeguard_keeper.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "agent/kernel/clock.h"
#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

constexpr std::chrono::seconds kSafeguardLookInterval{5};

SafeguardHealth health_of(const SafeguardStatus& status) {
  return {
      .safeguard = status.name,
      .clause = status.clause,
      .kind = status.kind,
      .result = {status.result.state, visible_text(status.result.why), visible_text(status.result.remedy)},
      .checked_timestamp = static_cast<double>(status.checked_wall_ns) / 1e9};
}

void log(const SafeguardHealth& safeguard) {
  const SafeguardResult& result = safeguard.result;
  const auto level = result.state == SafeguardState::kViolated  ? spdlog::level::warn
                     : result.state == SafeguardState::kUnknown ? spdlog::level::info
                                                                : spdlog::level::debug;
  spdlog::log(level, "safeguard {} {}: {}{}{}", safeguard.safeguard, name_of(result.state), result.why,
              result.remedy.empty() ? "" : ". ", result.remedy);
}

}  // namespace

SafeguardKeeper::SafeguardKeeper(std::function<AgentFacts()> facts,
                                 std::function<void(const SafeguardHealth&)> record)
    : facts_(std::move(facts)) {
  SafeguardWatch::Surroundings around;
  around.calls = real_host_calls();
  around.wall_ns = [] { return clock_ns(CLOCK_REALTIME); };
  around.tell = [record = std::move(record)](const SafeguardStatus& status) {
    const SafeguardHealth safeguard = health_of(status);
    log(safeguard);
    record(safeguard);
  };
  watch_ = std::make_unique<SafeguardWatch>(std::move(around));
}

void SafeguardKeeper::start(std::shared_ptr<const RuleSet> rules) {
  told_ = facts_();
  watch_->use(told_);
  watch_->use(std::move(rules));
  watch_->start();
}

void SafeguardKeeper::use(std::shared_ptr<const RuleSet> rules) {
  watch_->use(std::move(rules));
}

void SafeguardKeeper::tend() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) return;
  next_look_ = now + kSafeguardLookInterval;
  AgentFacts facts = facts_();
  if (facts == told_) return watch_->confirm_facts();
  told_ = facts;
  watch_->use(std::move(facts));
}

std::vector<SafeguardHealth> SafeguardKeeper::health() const {
  std::vector<SafeguardHealth> all;
  for (const SafeguardStatus& status : watch_->statuses()) all.push_back(health_of(status));
  return all;
}

}  // namespace purposewatch

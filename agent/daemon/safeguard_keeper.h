// The daemon's safeguards: what the agent knows of itself goes to the checks, what they find to the evidence,
// the log and the metrics.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "agent/safeguards/safeguard_watch.h"
#include "rules/model/health.h"

namespace purposewatch {

class SafeguardKeeper {
 public:
  // facts: on the thread that calls tend(). record: thread-safe.
  SafeguardKeeper(std::function<AgentFacts()> facts, std::function<void(const SafeguardHealth&)> record);

  // The checks begin, on a thread that has the privileges that are held now.
  void start(std::shared_ptr<const RuleSet> rules);
  void use(std::shared_ptr<const RuleSet> rules);
  // Call it in every turn of the loop.
  void tend();
  std::vector<SafeguardHealth> health() const;  // thread-safe
  // What may have to wait for a disk, on the thread of the checks.
  void work(std::function<void()> work) { watch_->work(std::move(work)); }

 private:
  std::function<AgentFacts()> facts_;
  std::unique_ptr<SafeguardWatch> watch_;
  AgentFacts told_;
  std::chrono::steady_clock::time_point next_look_{};
};

}  // namespace purposewatch

// Tally: what the pipeline has counted. Written by the event loop, read by scrapes: every call is
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "rules/language/rule_set.h"
#include "rules/model/finding.h"
#include "rules/model/health.h"
#include "rules/model/tamper_event.h"

namespace purposewatch {

class Tally {
 public:
  // The series that this policy can produce exist from now on, at 0: an increase would miss one that is born
  // at 1. Of large policies, those of the most usual reasons: every series costs Prometheus something on
  // every host. Series of an older policy stay.
  static constexpr std::size_t kFlaggedSeriesMax = 300;
  void expect(const RuleSet& rules);

  void count(const Finding& finding);  // one that the sinks have been told
  // What was flagged by the agent before; and with that, what is to be recalled by the next one.
  void recall(const FlaggedTotals& before);
  FlaggedTotals flagged() const;
  void count_permitted_late(const Verdict& verdict, AccessKind kind, std::uint64_t accesses);
  // What another sensor had counted.
  void recall_permitted(const std::string& store, const std::string& service, const std::string& purpose,
                        AccessKind kind, std::uint64_t accesses);
  void count_permitted_disclosure(const Finding& finding);
  void count_excepted(std::uint64_t accesses);  // went up, but judge found it is no client data
  void count_own(std::uint64_t accesses);       // to what is the agent's own: its decoy, its files
  void count_orphans(std::uint64_t accesses);   // whose process or policy is not known any more
  void count(Tampering what);
  void count_undecodable();  // one record
  void count_absence();      // of the sensor, for a while: nobody knows how much happened
  void count_unreadable(std::uint64_t accesses);  // that a sensor of another build had told

  // Adds its counts, of one moment, to a health report. `health.accesses` may already hold the kernel's
  // counts of the same series.
  void report(Health& health) const;
  std::vector<StageLoss> lost() const;
  // Accesses that were told, counted or lost here.
  std::uint64_t accounted() const;
  std::uint64_t own() const;  // of these: to what is the agent's own

 private:
  std::vector<StageLoss> losses() const;  // mutex_ is held

  struct AccessSeries {
    std::string store, service, purpose;
    AccessKind kind = AccessKind::kRead;
    auto operator<=>(const AccessSeries&) const = default;
  };
  struct FlaggedSeries {
    std::string store;
    AccessKind kind = AccessKind::kRead;
    Reason reason = Reason::kNone;
    auto operator<=>(const FlaggedSeries&) const = default;
  };

  struct DisclosureSeries {
    std::string store;
    DisclosureKind kind = DisclosureKind::kNetwork;
    Outcome verdict = Outcome::kFlagged;
    auto operator<=>(const DisclosureSeries&) const = default;
  };

  mutable std::mutex mutex_;
  std::map<AccessSeries, std::uint64_t> permitted_;
  std::map<FlaggedSeries, std::uint64_t> flagged_;
  std::map<DisclosureSeries, std::uint64_t> disclosures_;
  std::map<std::string, double> last_flagged_;
  std::map<std::string, std::uint64_t>
      suppressed_;  // by store: what findings stand for besides one access each
  std::array<std::uint64_t, kTamperingNames.size()> tampering_{};
  std::uint64_t own_ = 0;
  std::uint64_t delivered_ = 0, undecodable_ = 0, orphans_ = 0, absences_ = 0, unreadable_ = 0;
};

}  // namespace purposewatch

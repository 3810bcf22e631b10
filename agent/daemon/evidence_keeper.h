// The daemon's evidence and the incidents that are read from it: what is recorded when, besides findings and
// grants. For the event loop's thread alone, unless it says otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/control/server.h"
#include "agent/evidence/agent_records.h"
#include "agent/evidence/cleaner.h"
#include "agent/evidence/recorder.h"
#include "agent/flow/agent.h"
#include "agent/incidents/incident_book.h"
#include "exporters/prometheus/build_info.h"

namespace purposewatch {

class EvidenceKeeper {
 public:
  // Recalls the incidents.
  // on_change: of an incident.
  EvidenceKeeper(const std::string& state_dir, const HostIdentity& host, const RetentionTimes& retention,
                 std::function<void(const Incident&)> on_change);

  // In the order in which they are to be told.
  std::vector<Sink*> sinks() { return {recorder_.get(), incidents_.get()}; }
  Answers answers();

  const std::map<std::string, Incident>& incidents() const { return incidents_->all(); }
  // What was flagged by the agents before, to be told once.
  FlaggedTotals take_flagged() { return std::exchange(flagged_before_, {}); }

  // From here on things are written; by a thread, which has the privileges that are held now.
  void start(const BuildInfo& build, const Agent& agent);
  // Call it in every turn of the loop.
  void tend(const Agent& agent);
  // why_refused: of a policy that was; else empty.
  void record_reload(const PolicyIdentity& in_force, const std::string& why_refused);
  // Thread-safe.
  void record_safeguard(const SafeguardHealth& safeguard);
  void finish(const Agent& agent);

  // Thread-safe.
  bool wait_until_synced(std::chrono::milliseconds patience) {
    return recorder_->wait_until_synced(patience);
  }
  std::uint64_t given() const { return recorder_->taken(); }
  std::uint64_t kept() const { return recorder_->settled(); }
  // As recorded_sequences, of this boot. For the time before start().
  std::unordered_set<std::uint64_t> recorded_since(std::uint64_t boot_ns) const;
  void add_to(Health& health, const RuleSet& rules) const;

 private:
  void recall_incidents_of(const std::string& file);
  void tell_incident(IncidentChange change, const Incident& incident);
  void forget_client();
  bool tend_forgetting();
  bool keep_incidents(const Agent& agent);
  void record_permitted(const Agent& agent);

  std::string incidents_file_, boot_id_;
  std::function<void(const Incident&)> on_change_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Storage> cleaner_storage_;
  std::unique_ptr<EvidenceCleaner> cleaner_;
  std::unique_ptr<IncidentBook> incidents_;
  FlaggedTotals flagged_before_;
  int looks_behind_ = 0;                         // the file of incidents is; 0: it is not
  std::optional<std::string> client_to_forget_;  // who is being erased
  std::vector<StageLoss> lost_;                  // at the last look
  std::vector<AccessCount> permitted_;           // when they were last recorded
  std::int64_t permitted_since_ns_ = 0;
  std::chrono::steady_clock::time_point next_look_{}, next_permitted_{};
};

}  // namespace purposewatch

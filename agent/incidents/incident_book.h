// All incidents of this host: opened by a flagged finding, closed by a person's review, opened again by the
// next one. For the event loop's thread alone, unless it says otherwise.
//
// It is kept as a file, which says up to which record of the evidence it knows; what came later, and was not
// kept because the agent was killed, is read from there.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rules/base/result.h"
#include "rules/language/rule_set.h"
#include "rules/model/health.h"
#include "rules/model/incident.h"
#include "rules/model/sink.h"

namespace purposewatch {

// What a person says of an incident.
struct IncidentReview {
  std::string incident;
  Disposition disposition = Disposition::kMisuse;
  std::string reference, by;
  std::int64_t wall_ns = 0;
};

// What one finding adds to its incident.
struct IncidentAccesses {
  Severity severity = Severity::kNotice;
  ThreatMask threats = 0;
  std::string client;  // visible text; empty: not known
  std::uint64_t count = 1;
  std::int64_t wall_ns = 0;
};

// And what it says of one that is new.
struct IncidentSign {
  std::string incident, store, reason, who, executable, clause;
  IncidentAccesses accesses;
};

class IncidentBook final : public Sink {
 public:
  // Of more than these, reviewed ones are forgotten, the oldest first. Where all are open, what is new on a
  // store is one incident together, whose reason is kTooManyIncidents.
  static constexpr std::size_t kIncidentsMax = 10'000;

  // tell: records the change. Not called for what is recalled.
  explicit IncidentBook(std::function<void(IncidentChange, const Incident&)> tell) : tell_(std::move(tell)) {}

  void accept(const Finding& finding) override;

  // Refused: there is no such incident, or it is not open, or something is missing.
  Result<Incident> review(const IncidentReview& review);

  // Where it is the client who has acted, that is not known any more.
  void forget_client(const std::string& client);

  const std::map<std::string, Incident>& all() const { return incidents_; }
  // By store and severity, and by threat besides: of every store of the policy, and of others that have some.
  // Thread-safe.
  std::vector<IncidentCount> open_counts(const RuleSet& rules) const;
  std::vector<ThreatCount> open_threats(const RuleSet& rules) const;

  // From the past, without telling.
  void put(Incident incident);
  void recall(const IncidentSign& sign);
  void recall(const IncidentReview& review);

  // Since the last call: did anything change?
  bool has_changed() { return std::exchange(has_changed_, false); }

 private:
  enum class Telling { kTell, kSilent };
  void see(IncidentSign sign, Telling telling);
  void open(Incident& incident, const IncidentSign& sign);
  void close(Incident& incident, const IncidentReview& review);
  void count(Incident& incident, const IncidentAccesses& accesses, Telling telling);
  void count_open(const Incident& incident, std::int64_t by);
  bool make_room();

  std::function<void(IncidentChange, const Incident&)> tell_;
  std::map<std::string, Incident> incidents_;
  std::size_t open_incidents_ = 0;
  bool has_changed_ = false;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::pair<std::string, Severity>, std::int64_t> open_;
  std::map<std::tuple<std::string, Threat, Severity>, std::int64_t> open_threats_;
};

}  // namespace purposewatch

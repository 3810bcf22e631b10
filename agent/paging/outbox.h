// What every Alertmanager is to know of the incidents. It is made of the incidents that the agent keeps, and
// made again after a restart: so it outlives whatever ends the agent, and says nothing else than they do.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "exporters/alertmanager/incident_alert.h"

namespace purposewatch {

// Every call is thread-safe. Times are nanoseconds since the epoch.
class Outbox {
 public:
  // So long an alert counts when nothing more is heard of it: longer than a reboot, since an incident does
  // not end with the agent. Then Alertmanager ends it by itself.
  static constexpr std::int64_t kActiveNs = 3'600'000'000'000;
  // So long the end of an alert is told: until whoever missed it has ended the alert by itself.
  static constexpr std::int64_t kEndedNs = kActiveNs + 300'000'000'000;

  explicit Outbox(IncidentAlertSettings settings = {}) : settings_(std::move(settings)) {}

  // From now on, of everything that is put in.
  void use(IncidentAlertSettings settings);
  void use_details(AlertDetails details);

  // As it is now. One that has become more severe is another alert: the old one ends.
  void put(const Incident& incident, std::int64_t now_ns);
  // Of an earlier life of the agent: what it was before it became more severe, too.
  void recall(const Incident& incident, std::int64_t now_ns);

  struct Batch {
    std::vector<Alert> alerts;
    std::uint64_t version = 0;  // that it brings its receiver to
  };
  // What has changed since that version; 0: all.
  Batch changes_since(std::uint64_t version, std::int64_t now_ns);
  std::uint64_t version() const;

 private:
  struct Entry {
    Alert alert;  // ends_wall_ns 0: it is active
    std::uint64_t version = 0;
  };
  void put(const Incident& incident, Severity severity, std::int64_t now_ns);  // mutex_ is held
  void forget(std::int64_t now_ns);

  mutable std::mutex mutex_;
  IncidentAlertSettings settings_;
  std::map<std::pair<std::string, Severity>, Entry> entries_;  // by incident
  std::uint64_t version_ = 0;
};

}  // namespace purposewatch

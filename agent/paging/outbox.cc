#include "agent/paging/outbox.h"

#include <algorithm>

namespace purposewatch {

void Outbox::use(IncidentAlertSettings settings) {
  const std::lock_guard lock(mutex_);
  settings_ = std::move(settings);
}

void Outbox::use_details(AlertDetails details) {
  const std::lock_guard lock(mutex_);
  settings_.details = details;
}

void Outbox::put(const Incident& incident, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < kSeverityNames.size(); ++i)
    if (const auto severity = static_cast<Severity>(i);
        severity == incident.severity || entries_.contains({incident.id, severity}))
      put(incident, severity, now_ns);
}

void Outbox::recall(const Incident& incident, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < kSeverityNames.size(); ++i)
    if (const auto severity = static_cast<Severity>(i); incident.severities & mask_of(severity))
      put(incident, severity, now_ns);
}

void Outbox::put(const Incident& incident, Severity severity, std::int64_t now_ns) {
  if (!incident.is_open && incident.reviewed_wall_ns < now_ns - kEndedNs) return;
  Entry& entry = entries_[{incident.id, severity}];
  Incident of_this_severity = incident;
  of_this_severity.severity = severity;
  Alert alert = incident_alert(of_this_severity, settings_);
  const std::int64_t ended = entry.alert.ends_wall_ns;  // 0: it is active, or new
  if (severity != incident.severity && ended != 0)
    alert.ends_wall_ns = ended;
  else if (!incident.is_open)
    alert.ends_wall_ns = incident.reviewed_wall_ns;
  else if (severity != incident.severity)
    alert.ends_wall_ns = now_ns;
  if (entry.version != 0 && entry.alert == alert) return;
  entry.alert = std::move(alert);
  entry.version = ++version_;
}

Outbox::Batch Outbox::changes_since(std::uint64_t version, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  forget(now_ns);
  Batch batch;
  batch.version = version_;
  for (const auto& [key, entry] : entries_) {
    if (entry.version <= version) continue;
    Alert& alert = batch.alerts.emplace_back(entry.alert);
    if (alert.ends_wall_ns == 0) alert.ends_wall_ns = now_ns + kActiveNs;
    // The clock may have been set back since; what ends before it starts would be refused.
    alert.starts_wall_ns = std::min({alert.starts_wall_ns, alert.ends_wall_ns, now_ns});
  }
  return batch;
}

std::uint64_t Outbox::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

void Outbox::forget(std::int64_t now_ns) {
  std::erase_if(entries_, [&](const auto& item) {
    const std::int64_t ended = item.second.alert.ends_wall_ns;
    return ended != 0 && ended + kEndedNs < now_ns;
  });
}

}  // namespace purposewatch

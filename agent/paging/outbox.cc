#include "agent/paging/outbox.h"

namespace purposewatch {

void Outbox::use_details(AlertDetails details) {
  const std::lock_guard lock(mutex_);
  settings_.details = details;
}

void Outbox::put(const Incident& incident, std::int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  if (!incident.is_open && incident.reviewed_wall_ns + kEndedNs < now_ns) return;
  for (std::size_t i = 0; i < kSeverityNames.size(); ++i) {
    const auto severity = static_cast<Severity>(i);
    const bool is_current = severity == incident.severity;
    const auto known = entries_.find({incident.id, severity});
    if (known == entries_.end() && !is_current) continue;
    if (!is_current && known->second.alert.ends_wall_ns != 0) continue;
    Alert alert = is_current ? incident_alert(incident, settings_) : known->second.alert;
    if (!incident.is_open)
      alert.ends_wall_ns = incident.reviewed_wall_ns;
    else if (!is_current)
      alert.ends_wall_ns = now_ns;
    put(entries_[{incident.id, severity}], std::move(alert));
  }
}

void Outbox::put(Entry& entry, Alert alert) {
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
    batch.alerts.push_back(entry.alert);
    if (entry.alert.ends_wall_ns == 0) batch.alerts.back().ends_wall_ns = now_ns + kActiveNs;
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

#include "agent/incidents/recall.h"

#include <algorithm>

#include "agent/evidence/recorded_event.h"
#include "agent/incidents/severity.h"
#include "exporters/evidence/log_reader.h"
#include "exporters/terminal/json_path.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

std::optional<IncidentSign> sign_of(const SortedJson& event, std::int64_t wall_ns) {
  IncidentSign sign;
  sign.incident = string_at(event, {"purposewatch", "incident"});
  if (sign.incident.empty()) return std::nullopt;
  sign.store = string_at(event, {"purposewatch", "store"});
  sign.reason = string_at(event, {"purposewatch", "reason"});
  sign.who = string_at(event, {"user", "audit", "name"});
  if (sign.who.empty()) sign.who = string_at(event, {"user", "effective", "name"});
  sign.executable = string_at(event, {"process", "executable"});
  sign.clause = string_at(event, {"purposewatch", "clause"});
  IncidentAccesses& accesses = sign.accesses;
  if (const auto kind = access_kind_named(text_at(event, {"event", "action"}))) {
    const auto reason = reason_named(sign.reason);
    accesses.threats = mask_of(threat_of(*kind, reason.value_or(Reason::kNone)));
    if (reason) accesses.severity = severity_of(*kind, *reason);
  }
  accesses.client = string_at(event, {"purposewatch", "client"});
  const SortedJson* count = value_at(event, {"purposewatch", "count"});
  if (count != nullptr && count->is_number_unsigned()) accesses.count = count->get<std::uint64_t>();
  accesses.wall_ns = wall_ns;
  return sign;
}

// Of an incident whose findings are blanked by now, how it was opened is all that is left.
std::optional<IncidentSign> opening_of(const SortedJson& event, std::int64_t wall_ns) {
  const std::string_view change = text_at(event, {"purposewatch", "review", "change"});
  if (change != name_of(IncidentChange::kOpened) && change != name_of(IncidentChange::kReopened))
    return std::nullopt;
  IncidentSign sign;
  sign.incident = string_at(event, {"purposewatch", "review", "incident"});
  sign.store = string_at(event, {"purposewatch", "review", "store"});
  sign.reason = string_at(event, {"purposewatch", "review", "reason"});
  const auto severity = severity_named(text_at(event, {"purposewatch", "review", "severity"}));
  if (sign.incident.empty() || !severity) return std::nullopt;
  sign.clause = string_at(event, {"purposewatch", "review", "clause"});
  sign.accesses.severity = *severity;
  if (const SortedJson* threats = value_at(event, {"purposewatch", "review", "threats"}))
    for (const SortedJson& name : *threats)
      if (name.is_string()) sign.accesses.threats |= threat_named(name.get<std::string>());
  sign.accesses.wall_ns = wall_ns;
  return sign;
}

std::optional<IncidentReview> review_of(const SortedJson& event, std::int64_t wall_ns) {
  if (text_at(event, {"purposewatch", "review", "change"}) != name_of(IncidentChange::kReviewed))
    return std::nullopt;
  const auto disposition = disposition_named(text_at(event, {"purposewatch", "review", "disposition"}));
  if (!disposition) return std::nullopt;
  return IncidentReview{.incident = string_at(event, {"purposewatch", "review", "incident"}),
                        .disposition = *disposition,
                        .reference = string_at(event, {"purposewatch", "review", "reference"}),
                        .by = string_at(event, {"purposewatch", "review", "by"}),
                        .wall_ns = wall_ns};
}

void add(FlaggedTotals& flagged, const IncidentSign& sign, std::string access) {
  const IncidentAccesses& accesses = sign.accesses;
  flagged.counts[{sign.store, std::move(access), sign.reason}] += accesses.count;
  double& last = flagged.last_timestamps[sign.store];
  last = std::max(last, static_cast<double>(accesses.wall_ns) / 1e9);
}

}  // namespace

Result<std::uint64_t> recall_incidents(IncidentBook& book, FlaggedTotals& flagged, Storage& evidence,
                                       std::uint64_t first_sequence) {
  std::uint64_t recalled = 0;
  const auto take = [&](const std::string&, const ScannedRecord& record) {
    const bool is_flagged =
        record.frame.kind == RecordKind::kFinding && record.frame.retention == Retention::kFlagged;
    if (!is_flagged && record.frame.kind != RecordKind::kReview) return true;
    const SortedJson event = recorded_event(record);
    if (const auto sign = is_flagged ? sign_of(event, record.frame.wall_ns) : std::nullopt) {
      book.recall(*sign);
      add(flagged, *sign, string_at(event, {"event", "action"}));
      ++recalled;
    } else if (const auto opening = opening_of(event, record.frame.wall_ns)) {
      if (const auto known = book.all().find(opening->incident);
          known == book.all().end() || !known->second.is_open)
        book.recall(*opening);
    } else if (const auto review = review_of(event, record.frame.wall_ns)) {
      book.recall(*review);
      ++recalled;
    }
    return true;
  };
  auto read = read_log(evidence, {.first_sequence = first_sequence, .on_progress = {}}, take);
  if (!read) return tl::unexpected(read.error());
  return recalled;
}

}  // namespace purposewatch

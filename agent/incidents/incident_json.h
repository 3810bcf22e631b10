// An incident as JSON, in the agent's file and in its answers.
#pragma once

#include <nlohmann/json.hpp>

#include "agent/incidents/incident_book.h"
#include "rules/base/result.h"

namespace purposewatch {

nlohmann::ordered_json incident_json(const Incident& incident);

// The file that the book is kept in, and how much was flagged in all.
struct KeptIncidents {
  std::uint64_t evidence_records = 0;  // all up to this one are counted in it
  std::vector<Incident> incidents;
  FlaggedTotals flagged;
};
// No file: none.
Result<KeptIncidents> read_incidents(const std::string& path);
Result<void> write_incidents(const std::string& path, const IncidentBook& book, const FlaggedTotals& flagged,
                             std::uint64_t evidence_records);

}  // namespace purposewatch

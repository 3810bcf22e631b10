// What the evidence knows of incidents and of how much was flagged: to make up for what was not kept, or for
// all of it.
#pragma once

#include "agent/incidents/incident_book.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

// Of the records from this one on; to both. Returns how many of them were about incidents.
Result<std::uint64_t> recall_incidents(IncidentBook& book, FlaggedTotals& flagged, Storage& evidence,
                                       std::uint64_t first_sequence);

}  // namespace purposewatch

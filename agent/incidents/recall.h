// What the evidence knows of incidents: to make up for what was not kept, or for all of it.
#pragma once

#include "agent/incidents/incident_book.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

// Of the records from this one on. Returns how many of them were about incidents.
Result<std::uint64_t> recall_incidents(IncidentBook& book, Storage& evidence, std::uint64_t first_sequence);

}  // namespace purposewatch

// Finds records of the evidence.
#pragma once

#include <cstddef>
#include <functional>

#include "agent/evidence/event_index.h"
#include "agent/evidence/segment_index.h"
#include "exporters/evidence/log_reader.h"

namespace purposewatch {

struct QueryOptions {
  EventIndex* index = nullptr;  // nothing: every record is read; the answer is the same
  std::function<void(std::size_t segments_done, std::size_t segments_all)> on_progress;
};

// Visits the records that are asked for, oldest first, until it is told to stop. Each is looked at as it
// stands in its segment now. A segment that cannot be read does not keep the others from being searched; it
// is an error afterwards.
Result<void> find_records(Storage& evidence, const EventQuery& query, const QueryOptions& options,
                          const VisitRecord& visit);

}  // namespace purposewatch

// Incidents through the control socket:
//
//   incidents                  {"incidents": [{...}, ...]}
//   review-incident {"incident": ID, "disposition": NAME, "reference": TEXT}
//                              {"incident": {...}} or {"errors": ["..."]}
#pragma once

#include <functional>

#include "agent/control/server.h"
#include "agent/incidents/incident_book.h"

namespace purposewatch {

// wall_ns: now, nanoseconds since the epoch.
Answers incident_answers(std::function<IncidentBook&()> book, std::function<std::int64_t()> wall_ns);

}  // namespace purposewatch

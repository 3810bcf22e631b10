// The evidence, verified and read through, as a report.
#pragma once

#include <functional>

#include "agent/report/report_builder.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

// step: what is being done; done, all: bytes of it.
using ReportProgress = std::function<void(const char* step, std::uint64_t done, std::uint64_t all)>;

// What an agent writes meanwhile is not in it: all that is told was verified.
Result<Report> make_report(Storage& storage, const ReportRequest& request, const RuleSet* rules,
                           const ReportProgress& progress);

}  // namespace purposewatch

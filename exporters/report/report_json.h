// The report for programs. What is not known, or does not apply, is left out.
#pragma once

#include <string>

#include "exporters/report/report.h"

namespace purposewatch {

// Raised when a member changes its meaning or goes away.
inline constexpr int kReportFormat = 1;

// Indented, ASCII alone, with a final newline.
std::string report_json(const Report& report);

}  // namespace purposewatch

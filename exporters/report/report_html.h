// The report for people: one page without script, pictures or anything else to be loaded.
#pragma once

#include <string>

#include "exporters/report/report.h"

namespace purposewatch {

std::string report_html(const Report& report);

}  // namespace purposewatch

// The report's answer, before anybody reads on.
#pragma once

#include <string>

#include "exporters/report/report.h"

namespace purposewatch {

// Two or three plain sentences.
std::string summary_of(const Report& report);
// Something in it needs a person: an open incident, evidence that is not sound, a safeguard that does not
// hold.
bool needs_attention(const Report& report);

// "12,345"
std::string number_text(std::uint64_t number);
// "1 access", "2 accesses"
std::string count_of(std::uint64_t number, const std::string& one, const std::string& many);
// "2026-11-23 16:17:05" in UTC.
std::string moment_text(std::int64_t wall_ns);

}  // namespace purposewatch

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

}  // namespace purposewatch

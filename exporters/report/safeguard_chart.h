// One safeguard's states over a time, as a picture.
#pragma once

#include <string>

#include "exporters/report/report.h"

namespace purposewatch {

// An SVG element, with its text alternative.
std::string safeguard_chart(const SafeguardReport& safeguard, std::int64_t from_ns, std::int64_t to_ns);
// What the bars mean.
std::string safeguard_legend();

}  // namespace purposewatch

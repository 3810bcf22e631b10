// Pieces that the report's sections share. What takes `html` has to be given safe HTML; everything else is
// escaped.
#pragma once

#include <cstdint>
#include <string>

#include "exporters/report/report.h"
#include "exporters/text/html.h"

namespace purposewatch {

// In UTC; a dash when it is not known.
std::string moment_html(std::int64_t wall_ns);

// A person, the user whose rights were used, the program and the service.
std::string actor_html(const Actor& who);
// "open", or what a person has said.
std::string review_html(const ReviewState& review);

// Rows that nobody reads at once are folded away. more: rows that are counted only, and what they are.
std::string listed_html(const HtmlTable& table, std::uint64_t more, const std::string& what);

}  // namespace purposewatch

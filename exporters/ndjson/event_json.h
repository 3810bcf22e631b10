// A finding as one JSON object, and the two documents that describe it.
#pragma once

#include <string>

#include "rules/model/finding.h"

namespace purposewatch {

// Appends one line of valid UTF-8 without its newline, for any bytes in the finding.
void append_event_json(std::string& out, const Finding& finding);

// JSON Schema (draft 2020-12) of an event.
std::string event_json_schema();

// The fields as a Markdown table.
std::string event_field_reference();

}  // namespace purposewatch

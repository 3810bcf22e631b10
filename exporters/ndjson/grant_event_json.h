// What happened to a grant, as one JSON object; its names are the Elastic Common Schema's where that has one.
#pragma once

#include <string>

#include "rules/model/grant_event.h"

namespace purposewatch {

// Appends one line of valid UTF-8 without its newline. `event.kind` is `alert` where a person has to look at
// it: a break-glass grant.
void append_grant_event(std::string& out, const GrantEvent& event);
// The same as two objects, as EventWriter::append_parts() has them. Nothing is appended to `personal` where
// the event names no client.
void append_grant_event_parts(std::string& open, std::string& personal, const GrantEvent& event);

}  // namespace purposewatch

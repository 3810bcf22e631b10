// A record as an event that people and programs read: the same form as the live stream has, with
// `purposewatch.record` (its place in the log) besides.
#pragma once

#include <nlohmann/json.hpp>

#include "exporters/evidence/segment_scan.h"

namespace purposewatch {

// Of a finding or a grant: what was told live, as far as its parts are not blanked. Of any other kind: when
// and what, and the record's own text as the member of `purposewatch` that is named for the kind.
nlohmann::ordered_json recorded_event(const ScannedRecord& record);

// The object that a part's text is; an empty one, whatever else the part has become.
nlohmann::ordered_json object_in(Bytes part);

}  // namespace purposewatch

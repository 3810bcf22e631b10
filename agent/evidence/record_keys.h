// By what a record can be found, read without making an event of it: an index of millions of records is made
// of these.
#pragma once

#include "exporters/evidence/segment_scan.h"
#include "exporters/terminal/event_filter.h"

namespace purposewatch {

// The same as keys_of(recorded_event(record)).
void read_record_keys(const ScannedRecord& record, EventKeys& keys);

}  // namespace purposewatch

// Which parts a record says were blanked, and are to be expected blank.
#pragma once

#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/sequence_set.h"

namespace purposewatch {

// Of an `erasure` record: the records whose parts it blanked, all of them or the personal ones only. Of any
// other: nothing.
SequenceSet blanked_by(const ScannedRecord& record);

}  // namespace purposewatch

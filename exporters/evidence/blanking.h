// Parts of records are blanked when their time is over, or a client asks for it. An `erasure` record says so
// first:
//
//   {"why": "retention" or "request", "parts": "all" or "personal", "records": "5,9-12", ...}
#pragma once

#include <cstdint>
#include <functional>

#include "exporters/evidence/segment_scan.h"
#include "exporters/evidence/sequence_set.h"
#include "exporters/evidence/storage.h"

namespace purposewatch {

enum class BlankedParts : std::uint8_t { kPersonal, kAll };

struct Blanking {
  SequenceSet records;
  BlankedParts parts = BlankedParts::kPersonal;
};

// What the record says was blanked, and is to be expected blank. Of any that is no `erasure`: nothing.
Blanking blanked_by(const ScannedRecord& record);

// Overwrites the parts with zeros, wherever the records are repeated, too, and syncs. What is blank already,
// or not there, is left. Returns how many records were changed. The log's writer may go on meanwhile: the
// records must be synced.
// goes_on: asked between segments; once it says false, the rest is left, and that is an error.
Result<std::uint64_t> blank_records(Storage& storage, const Blanking& blanking,
                                    const std::function<bool()>& goes_on = {});

}  // namespace purposewatch

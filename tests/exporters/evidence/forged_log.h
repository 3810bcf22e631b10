// What somebody can do to a log who has its directory, and the key in use.
#pragma once

#include <cstdint>
#include <string>

#include "exporters/evidence/storage.h"

namespace purposewatch {

// The first finding after that record that the key in use has signed. 0: there is none.
std::uint64_t forgeable_after(Storage& storage, std::uint64_t sequence);

// The record has another text; the chain and all signatures after it are made anew, and so is the head. It
// has to be in the last segment, and no older than the key in use.
Result<void> forge_record(Storage& storage, std::uint64_t sequence, const std::string& text);

// The log ends with this record of its last segment, and the head says so.
Result<void> cut_off_after(Storage& storage, std::uint64_t sequence);

}  // namespace purposewatch

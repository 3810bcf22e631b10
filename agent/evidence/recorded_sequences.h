// Which of the kernel's accesses have a finding in the evidence, so that none is told twice.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "exporters/evidence/record.h"
#include "exporters/evidence/storage.h"
#include "rules/base/result.h"

namespace purposewatch {

// The sequence numbers (event.sequence) of findings among the last records, as far as they are of this boot
// of the host and not older than that (boot time).
Result<std::unordered_set<std::uint64_t>> recorded_sequences(Storage& evidence, const BootId& boot_id,
                                                             std::uint64_t since_boot_ns);

}  // namespace purposewatch

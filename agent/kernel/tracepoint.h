// Tracepoints, by the names they have in tracefs.
#pragma once

#include <string>
#include <vector>

#include "rules/base/descriptor.h"
#include "rules/base/result.h"

namespace purposewatch {

// Perf events for these tracepoints ("syscalls/sys_exit_open"), in the order given: what a BPF program of
// type tracepoint is attached to. All or none. With CAP_SYS_ADMIN by a tracefs of its own that nobody else
// sees, so that none has to be mounted; else by the one at /sys/kernel/tracing, with CAP_DAC_READ_SEARCH.
Result<std::vector<Descriptor>> open_tracepoints(const std::vector<const char*>& names);

}  // namespace purposewatch

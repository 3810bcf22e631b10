// BPF iterators: programs that the kernel runs for each of its objects, when somebody reads them.
#pragma once

#include <string>

#include "rules/base/result.h"

struct bpf_program;

namespace purposewatch {

// Runs an iterator to its end, for all tasks or for this process's own; returns the bytes that it writes.
Result<std::string> run_iterator(bpf_program* program, bool own_process_only);

}  // namespace purposewatch

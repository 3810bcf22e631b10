// What every Prometheus client says about its own process, read from a /proc/<pid> directory.
#pragma once

#include <cstdint>
#include <string>

namespace purposewatch {

struct ProcessStats {
  double cpu_seconds = 0;  // user and system
  double start_time = 0;   // seconds since the epoch
  std::uint64_t virtual_bytes = 0, resident_bytes = 0, threads = 0, open_fds = 0, max_fds = 0;
};

// What cannot be read stays 0. `proc_dir` is "/proc/self" but in tests; the boot time is in its "../stat".
ProcessStats read_process_stats(const std::string& proc_dir);

}  // namespace purposewatch

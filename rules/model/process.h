// A process that is not the one acting: an ancestor of it, or one whose memory it touches.
#pragma once

#include <cstdint>
#include <string>

namespace purposewatch {

struct OtherProcess {
  std::uint32_t pid = 0;
  std::uint64_t start_boot_ns = 0;  // start of the process, nanoseconds of boot time (CLOCK_BOOTTIME)
  std::string name;                 // comm, raw bytes
  std::string executable;           // path, raw bytes; empty when unknown

  bool operator==(const OtherProcess&) const = default;
};

}  // namespace purposewatch

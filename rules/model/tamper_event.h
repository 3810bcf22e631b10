// What somebody did to the agent itself, or to what it relies on: recorded beside findings.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rules/model/subject.h"

namespace purposewatch {

enum class Tampering : std::uint8_t {
  kSignal,       // one that ends or stops it
  kSensorGone,   // what it had left in the kernel was not there any more
  kHooksSilent,  // they are attached, and not called
  kSetting,      // of the kernel, that can silence hooks, was opened to be written
  kMemory,       // its memory was asked for
  kObject,       // somebody took hold of its maps, programs or links
  kTables,       // they were not any more what it had put there
  kRing,         // somebody else has read what the kernel told it
  kClock,        // it was set
  kCanary,       // it did not come back, or not from everywhere
  kState,        // its files: the evidence, grants, keys
  kPins,         // what its sensor stays in the kernel by
  kProgram,      // its executable
  kPolicy,       // the files of the policy
  kUnit,         // by which the service manager starts it
  kProtection,   // by which the kernel refuses all this: somebody unlocked it for a while
};
inline constexpr std::array<std::string_view, 16> kTamperingNames = {
    "signal", "sensor-gone", "hooks-silent", "setting", "memory",  "bpf-object", "tables", "ring",
    "clock",  "canary",      "state",        "pins",    "program", "policy",     "unit",   "protection"};
constexpr std::string_view name_of(Tampering what) {
  return kTamperingNames[static_cast<std::size_t>(what)];
}

struct TamperEvent {
  Tampering what = Tampering::kSignal;
  // Of a signal, its name: "SIGKILL"; of a setting, likewise; of a file, what was done to it, and its path;
  // of a canary, what was not seen of it. May have any bytes.
  std::string detail;
  std::shared_ptr<const Subject> by;  // null: nobody knows
  bool is_refused = false;            // the kernel did not let it happen, since the agent is protected
  std::int64_t wall_ns = 0;           // nanoseconds since the epoch
  std::int64_t until_wall_ns = 0;     // of what lasted; 0: it did not
};

}  // namespace purposewatch

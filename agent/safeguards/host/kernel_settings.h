// What the running kernel says of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

// A number below /proc/sys: "kernel/yama/ptrace_scope".
std::optional<std::int64_t> kernel_setting(const HostView& host, const std::string& name);

// Is there anything by this name, be it readable or not?
bool has_name(const HostView& host, const std::string& path);

// There are settings, but not this file of /proc or /proc/sys: the kernel was built without it.
bool kernel_lacks(const HostView& host, const std::string& path);

enum class Lockdown : std::uint8_t {
  kUnknown,
  kAbsent,  // the kernel has none, or was started without
  kNone,
  kIntegrity,
  kConfidentiality,
};
Lockdown lockdown_of(const HostView& host);

}  // namespace purposewatch

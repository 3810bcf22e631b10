// The system calls at whose results the syscalls backend stands, by their tracepoints' names in tracefs.
#pragma once

#include <vector>

namespace purposewatch {

// They open a file or take one over: on_open_call.
extern const std::vector<const char*> kOpenCalls;

// They reach memory of another process: on_memory_call.
extern const std::vector<const char*> kMemoryCalls;

// They connect sockets: on_connect_call.
extern const std::vector<const char*> kConnectCalls;

// They mount, unmount, or change how something is mounted: on_mount_call.
extern const std::vector<const char*> kMountCalls;

// They may take hold of the sensor, or set the clock: on_guard_call.
extern const std::vector<const char*> kGuardCalls;

// They put a listener where it is handed descriptors: on_listen_call.
extern const std::vector<const char*> kListenCalls;

// They change names, attributes or lengths (bpf/calls.h, on x86-64): on_change_call.
extern const std::vector<const char*> kChangeCalls;

}  // namespace purposewatch

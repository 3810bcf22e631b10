// Hooks that are functions of the kernel, or programs of its cgroups: of each, what a kernel has may be
// several programs (bpf/datagram_hooks.h, bpf/datagram_calls.h, bpf/pipe_hooks.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/kernel/backend.h"
#include "agent/kernel/sensor.h"

namespace purposewatch {

// Those that this kernel takes, which are to be loaded then; all others are not.
std::vector<FunctionHook> choose_function_hooks(const sensor_bpf& skeleton, Backend backend,
                                                const KernelFacts& facts);

// hook: chosen as above. Programs of cgroups see the whole of the hierarchy that is in sight.
// link: makes the link of this name, by what it is given, and keeps it; or finds it. False, with errno:
// neither.
HookStatus attach_function_hook(
    const FunctionHook& hook,
    const std::function<bool(const std::string& name, const std::function<bpf_link*()>& attach)>& link);

}  // namespace purposewatch

// The hooks of the backends lsm and fentry.
#pragma once

#include <string>
#include <vector>

#include "bpf/abi.h"

struct bpf_program;
struct sensor_bpf;

namespace purposewatch {

// A program of bpf/*_hooks.h, by the name that its LSM hook has.
struct LsmHook {
  const char* name;
  pw_hook counter;
  bpf_program* program;
  // Tracing somebody is what Yama may refuse to everyone, before the hook is asked.
  bool can_be_provoked = true;
};

std::vector<LsmHook> lsm_hooks(const sensor_bpf& skeleton);

// The function that calls a hook: security_inode_free for inode_free_security.
std::string caller_of(const LsmHook& hook);

}  // namespace purposewatch

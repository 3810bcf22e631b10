/* Connections to unix sockets, on kernels that refuse LSM and fentry programs: the results of connect(2). The socket that it
 * left connected knows its peer, which knows where the listener was bound. */
#ifndef PURPOSEWATCH_CONNECT_CALLS_H
#define PURPOSEWATCH_CONNECT_CALLS_H
#include "connect_hooks.h"
#include "memory_calls.h"

/* Attached to the call that agent/kernel/system_calls.cc names. */
SEC("tracepoint")
int on_connect_call(struct call_result *ctx) {
  count_fired(PW_HOOK_CONNECT_CALL);
  if (ctx->result) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  __u64 file = file_of_descriptor(current, (__u32)registers->di);
  if (file) observe_connected(&file);
  return 0;
}

#endif

/* Memory of another process, on kernels that allow LSM or fentry programs. */
#ifndef PURPOSEWATCH_MEMORY_HOOKS_H
#define PURPOSEWATCH_MEMORY_HOOKS_H
#include "agent_guard.h"
#include "memory.h"

/* x86-64: what asks for as much as to attach, and gets no memory: a descriptor, which file_receive sees, or, from /proc,
 * registers and the kernel's stack. Memory in /proc is asked for when `mem` is opened. */
static __always_inline int reads_no_memory(struct task_struct *current) {
  if (current->thread_info.status & TS_COMPAT) return 0;
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  __u64 call = registers->orig_ax;
  return call == 438 /* pidfd_getfd */ || call == 0 /* read */ || call == 17 /* pread64 */ || call == 19 /* readv */ ||
         call == 295 /* preadv */ || call == 327 /* preadv2 */ || call == 40 /* sendfile */;
}

/* What can only read is process_vm_readv, and an open whose flags say so in a register, where no other thread can change
 * them. */
static __always_inline __u32 how_it_may_write(struct task_struct *current) {
  if (current->thread_info.status & TS_COMPAT) return PW_BY_WRITING;
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  __u64 call = registers->orig_ax;
  if (call == 101 /* ptrace */) return PW_BY_TRACING;
  if (call == 310 /* process_vm_readv */) return PW_NOT_TAMPERED;
  if (call == 2 /* open */ && !(registers->si & O_ACCMODE)) return PW_NOT_TAMPERED;
  if (call == 257 /* openat */ && !(registers->dx & O_ACCMODE)) return PW_NOT_TAMPERED;
  return PW_BY_WRITING;
}

/* (child, mode): ptrace, process_vm_readv, process_vm_writev, an open of /proc/PID/mem. The threads of a process are not asked
 * for each other's. */
SEC("lsm/ptrace_access_check")
int on_ptrace_access_check(unsigned long long *ctx) {
  if (!fires(PW_HOOK_PTRACE_ACCESS)) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct task_struct *target = (struct task_struct *)ctx[0];
  if (!(ctx[1] & PTRACE_MODE_ATTACH)) return 0;
  if (is_agent(target)) return verdict(tell_tampering(current, PW_TAMPER_MEMORY, 0));
  if (reads_no_memory(current)) return 0;
  return reach_memory(current, target, how_it_may_write(current));
}

/* (parent): the current task lets its parent trace it. */
SEC("lsm/ptrace_traceme")
int on_ptrace_traceme(unsigned long long *ctx) {
  if (!fires(PW_HOOK_PTRACE_TRACEME)) return 0;
  return reach_memory((struct task_struct *)ctx[0], bpf_get_current_task_btf(), PW_BY_TRACING);
}

#endif

/* Core dumps: of a process that dies by certain signals the kernel writes the memory to a file, or hands it to a program. Told
 * just before, in the name of the process, since nobody else asks for it; whether the file can be written is not known by
 * then. */
#ifndef PURPOSEWATCH_CORE_DUMPS_H
#define PURPOSEWATCH_CORE_DUMPS_H
#include "memory.h"

/* signal(7): QUIT, ILL, TRAP, ABRT, BUS, FPE, SEGV, XCPU, XFSZ, SYS */
#define CORE_SIGNALS (1U << 3 | 1U << 4 | 1U << 5 | 1U << 6 | 1U << 7 | 1U << 8 | 1U << 11 | 1U << 24 | 1U << 25 | 1U << 31)

enum { RLIMIT_CORE = 4, DUMPABLE = 3 /* mm_struct.flags: 0 of these bits: not at all */ };

static __always_inline int is_dumpable(__u64 mm) {
  struct mm_struct___6_18 *newer = 0;
  if (bpf_core_field_exists(newer->flags.__mm_flags))
    return read_word(mm + bpf_core_field_offset(struct mm_struct___6_18, flags.__mm_flags)) & DUMPABLE;
  return READ(struct mm_struct, mm, flags) & DUMPABLE;
}

/* A limit of no bytes keeps it out of files, but not from a program. */
static __always_inline int leaves_core(struct task_struct *task) {
  __u64 mm = (__u64)task->mm, signal = (__u64)task->signal;
  if (!mm || !is_dumpable(mm)) return 0;
  return cores_go_to_program || READ(struct signal_struct, signal, rlim[RLIMIT_CORE].rlim_cur);
}

/* (number, info, action): the current task takes a signal. Its memory is still there. */
SEC("tp_btf/signal_deliver")
int on_signal_deliver(unsigned long long *ctx) {
  if (ctx[0] > 31 || !(1U << ctx[0] & CORE_SIGNALS)) return 0;
  count_fired(PW_HOOK_SIGNAL_DELIVER);
  if (READ_ADDRESS(struct k_sigaction, ctx[2], sa.sa_handler)) return 0; /* handled, or ignored */
  struct task_struct *current = bpf_get_current_task_btf();
  if (leaves_core(current)) reach_memory(current, current, PW_NOT_TAMPERED);
  return 0;
}

#endif

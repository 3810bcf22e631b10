/* What is done to the agent, by whoever does it. Also that which ends it, or its hooks: the record waits in the ring by then.
 *
 *   signals to it                       tp_btf/signal_generate
 *   kernel.ftrace_enabled is opened     the hooks of opens (guard_settings)
 *   its memory is asked for             those of memory
 *   its maps and programs are           object_guard.h */
#ifndef PURPOSEWATCH_AGENT_GUARD_H
#define PURPOSEWATCH_AGENT_GUARD_H

#include "describe.h"
#include "lookups.h"
#include "protect.h"

/* By which a process ends or stops, unless it has other plans. */
#define SIGNAL_BIT(number) (1U << (number))
#define ENDING_SIGNALS                                                                                                        \
  (SIGNAL_BIT(2) | SIGNAL_BIT(3) | SIGNAL_BIT(4) | SIGNAL_BIT(5) | SIGNAL_BIT(6) | SIGNAL_BIT(7) | SIGNAL_BIT(8) |            \
   SIGNAL_BIT(9) | SIGNAL_BIT(10) | SIGNAL_BIT(11) | SIGNAL_BIT(12) | SIGNAL_BIT(14) | SIGNAL_BIT(15) | SIGNAL_BIT(19) |      \
   SIGNAL_BIT(20) | SIGNAL_BIT(21) | SIGNAL_BIT(22) | SIGNAL_BIT(24) | SIGNAL_BIT(31))

enum { SI_USER_CODE = 0, SI_QUEUE_CODE = -1, SI_TKILL_CODE = -6 };

/* Sent by a process, not by the kernel. `info`: an address, or one of two small numbers. */
static __always_inline int is_sent(__u64 info) {
  if (info <= 1) return info == 0;
  int code = READ(struct kernel_siginfo, info, si_code);
  return code == SI_USER_CODE || code == SI_QUEUE_CODE || code == SI_TKILL_CODE;
}

/* Services keep the clock right; people, who have a login, do it wrong. */
static __always_inline int is_tampering_refused(struct task_struct *current, __u32 what) {
  if (!is_refused(current)) return 0;
  return what != PW_TAMPER_CLOCK || READ(struct task_struct, (__u64)current, loginuid).val != (__u32)-1;
}

/* By whomever but the agent itself. Returns whether it is to be refused. */
static __noinline int tell_tampering(struct task_struct *current, __u32 what, __u32 number) {
  if (is_agent(current)) return 0;
  int refused = is_tampering_refused(current, what);
  struct who who = {.task = (__u64)current};
  identify_actor(&who, current);
  identify_person(&who);
  __u64 subject = 0, now = bpf_ktime_get_boot_ns();
  subject_of(&subject, &who, task_state(current), now);
  struct pw_tamper_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return refused;
  head(&record->head, PW_RECORD_TAMPER, sizeof(*record), subject, now);
  record->what = what;
  record->number = number;
  record->is_refused = refused;
  bpf_ringbuf_submit(record, wake_flag(now));
  return refused;
}

/* (signal, info, task, group, result). What process 1 sends is the service manager's doing, which the agent records itself. */
SEC("tp_btf/signal_generate")
int on_signal_generate(unsigned long long *ctx) {
  count_fired(PW_HOOK_SIGNAL_GENERATE);
  __u64 number = ctx[0];
  if (number > 31 || !(SIGNAL_BIT(number) & ENDING_SIGNALS)) return 0;
  __u32 agent = *(volatile __u32 *)&agent_tgid;
  if (!agent || READ(struct task_struct, ctx[2], tgid) != agent || !is_sent(ctx[1])) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  if (current->tgid != 1) tell_tampering(current, PW_TAMPER_SIGNAL, number);
  return 0;
}

/* (task, info, signal, cred): before it is sent; what is refused here, nobody generates. */
SEC("lsm/task_kill")
int on_task_kill(unsigned long long *ctx) {
  if (!fires(PW_HOOK_TASK_KILL)) return 0;
  __u64 number = ctx[2];
  if (number > 31 || !(SIGNAL_BIT(number) & ENDING_SIGNALS) || !is_sent(ctx[1])) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  if (!is_agent((struct task_struct *)ctx[0]) || !is_refused(current)) return 0;
  return verdict(tell_tampering(current, PW_TAMPER_SIGNAL, number));
}

/* With 0 in it, no hook of lsm or fentry is called any more, without an error (ftrace_enabled of kernel/trace/ftrace.c). Who opens
 * it to write is told, since what he writes may be the last that these hooks see. "ftrace_enabled" as words. */
#define FTRACE_ENABLED_FIRST 0x655f656361727466ULL
#define FTRACE_ENABLED_LAST 0x64656c62616eULL
enum { FTRACE_ENABLED_LENGTH = 14 };

/* True when it is to be refused. A global function, as is_in_store. */
__noinline int guard_settings(__u64 *file) {
  if (!file) return 0;
  __u64 dentry = READ_ADDRESS(struct file, *file, f_path.dentry);
  if (READ(struct dentry, dentry, d_name.len) != FTRACE_ENABLED_LENGTH) return 0;
  __u64 name = READ_ADDRESS(struct dentry, dentry, d_name.name);
  if (name_word(name, FTRACE_ENABLED_LENGTH, 0) != FTRACE_ENABLED_FIRST ||
      name_word(name, FTRACE_ENABLED_LENGTH, 1) != FTRACE_ENABLED_LAST)
    return 0;
  return tell_tampering(bpf_get_current_task_btf(), PW_TAMPER_SETTING, 0);
}

#endif

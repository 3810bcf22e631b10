/* Mounts, on kernels that refuse LSM and fentry programs: who has changed any. What was mounted where, and what is gone, no
 * result of a call says; user space sees it in the list of mounts. */
#ifndef PURPOSEWATCH_MOUNT_CALLS_H
#define PURPOSEWATCH_MOUNT_CALLS_H
#include "memory_calls.h"

enum { CALL_FSCONFIG = 431, FSCONFIG_CMD_RECONFIGURE = 7 };

/* Returns whether there was room. */
static __always_inline int submit_mounts(__u64 subject, __u64 now, __u64 actor) {
  struct pw_access_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_without_file(record, PW_RECORD_MOUNTS, sizeof(*record), PW_ATTR, subject, now, actor);
  record->flags = PW_ACCESS_MOUNT;
  bpf_ringbuf_submit(record, wake_flag(now));
  return 1;
}

static __noinline int changed_mounts(struct task_struct *current) {
  if (!generation || current->tgid == agent_tgid) return 0;
  struct who who = {.task = (__u64)current};
  struct pw_task *state = task_state(current);
  look_for_tampering(current, state);
  identify_actor(&who, current);
  identify_person(&who);
  __u64 subject = 0, now = bpf_ktime_get_boot_ns();
  subject_of(&subject, &who, state, now);
  count_seen(1U << PW_ATTR, !(subject && submit_mounts(subject, now, who.task)));
  return 0;
}

/* Attached to each of the calls that agent/kernel/system_calls.cc lists. */
SEC("tracepoint")
int on_mount_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_MOUNT_CALL)) return 0;
  if (ctx->result < 0) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  if (ctx->call != CALL_FSCONFIG || registers->si == FSCONFIG_CMD_RECONFIGURE) changed_mounts(current);
  return 0;
}

#endif

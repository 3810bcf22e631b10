/* The option to protect: what would harm the agent is not only told but refused, by whomever. Only LSM programs can; elsewhere
 * `protects` is 0, and all of this is no code.
 *
 * Nobody is locked out for good: while no agent lives, nothing is refused; the service manager may do all; and the agent lets
 * go for a while when it is told to (`purposewatch unlock`), or for good by the kernel's command line. */
#ifndef PURPOSEWATCH_PROTECT_H
#define PURPOSEWATCH_PROTECT_H

#include "identity.h"
#include "lookups.h"

enum { EPERM_RESULT = 1 };

/* Changes, as agent/flow/pipeline_tampering.cc has them. */
#define PW_CHANGING_KINDS (1U << PW_WRITE | 1U << PW_CREATE | 1U << PW_DELETE | 1U << PW_RENAME | 1U << PW_ATTR)

static __always_inline int is_agent(const struct task_struct *task) {
  __u32 agent = *(volatile __u32 *)&agent_tgid;
  return agent && task->tgid == agent;
}

static __always_inline int is_refused(struct task_struct *current) {
  if (!protects || !*(volatile __u32 *)&agent_tgid || is_agent(current) || current->tgid == 1) return 0;
  return !(current->flags & PF_KTHREAD) && bpf_ktime_get_boot_ns() >= *(volatile __u64 *)&unlocked_until_ns;
}

/* What a hook returns. As a constant: of one that was computed, the verifier does not see that it is an error at most. */
static __always_inline int verdict(int refused) {
  if (!protects || !refused) return 0;
  int result = -EPERM_RESULT;
  asm volatile("" : "+r"(result));
  return result;
}

/* The agent's own program, run by itself: `purposewatch events` makes an index of the evidence. */
static __always_inline int is_own_program(struct task_struct *current, const struct pw_task *state) {
  return state->exe.inode && state->exe.inode == agent_exe.inode && state->exe.device == agent_exe.device &&
         !(tampering_epoch && bpf_task_storage_get(&tamperings, current->group_leader, 0, 0));
}

/* An access that is told: 1 when it changes what is the agent's. The hook refuses it at last (refused_by_now). */
static __always_inline int refuse_access(struct task_struct *current, struct pw_task *state, __u32 kinds, __u32 of_generation,
                                         __u16 store) {
  if (!protects || !state || !store || !(kinds & PW_CHANGING_KINDS) || !is_refused(current)) return 0;
  __u32 *number = table_store_number(of_generation, store - 1);
  if (!number || *number != PW_NOT_HELD || is_own_program(current, state)) return 0;
  state->is_refused = 1;
  return 1;
}

static __always_inline int refused_by_now(void) {
  if (!protects) return 0;
  struct pw_task *state = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
  if (!state || !state->is_refused) return 0;
  state->is_refused = 0;
  return verdict(1);
}

#endif

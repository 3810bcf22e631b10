/* What ran before a task's executable on the way from the first process to it: as far as the policy names it, since nothing
 * else is asked for. Every exec adds what it puts an end to, fork copies: so a process that has ended still counts, and one
 * that became a program of the policy only after it had forked does not. */
#ifndef PURPOSEWATCH_LINEAGE_H
#define PURPOSEWATCH_LINEAGE_H

#include "tampering.h"

static __always_inline int is_in_lineage(const struct pw_task *task, __u32 program) {
  int found = 0;
#pragma clang loop unroll(full)
  for (__u32 i = 0; i < PW_LINEAGE_MAX; i++) found |= task->lineage[i] == program;
  return found;
}

/* As the nearest one; each stands there once. */
static __always_inline void put_in_lineage(struct pw_task *task, __u32 program) {
  if (!program || is_in_lineage(task, program)) return;
#pragma clang loop unroll(full)
  for (__u32 i = PW_LINEAGE_MAX - 1; i > 0; i--) task->lineage[i] = task->lineage[i - 1];
  task->lineage[0] = program;
}

/* As the farthest one. Returns whether it was news. */
static __always_inline int append_to_lineage(struct pw_task *task, __u32 program) {
  if (!program || is_in_lineage(task, program)) return 0;
#pragma clang loop unroll(full)
  for (__u32 i = 0; i < PW_LINEAGE_MAX; i++) {
    if (task->lineage[i]) continue;
    task->lineage[i] = program;
    return 1;
  }
  return 0;
}

/* A script that was started by its name, but was another file then than user space had last seen. */
static __always_inline int is_named_script_by_now(const struct pw_task *state) {
  return state->script_named && !state->script && program_of_inode(&state->script_file) == state->script_named;
}

/* What the current stamp says becomes the past. The script stands nearer than its interpreter. A process that was tampered
 * with is no service, so what it starts was started by none. */
static __always_inline void leave_program(struct task_struct *current, struct pw_task *task) {
  if (!task->stamped) return;
  look_for_tampering(current, task);
  if (task->tampering) return;
  put_in_lineage(task, task->program);
  put_in_lineage(task, is_named_script_by_now(task) ? task->script_named : task->script);
}

/* --- processes older than the agent, or than a program's place in the policy -------------------------------- */

struct forebears {
  struct pw_task *task;
  __u64 process; /* where the search stands */
  __u32 news;
  __u32 reserved;
};

/* A living parent's executable counts when it has started none since it forked: that the kernel's own counts of execs
 * show. Which script it ran is not known any more. */
static long add_forebear(__u32 index, void *context) {
  struct forebears *search = context;
  __u64 child = search->process;
  __u64 parent = READ_ADDRESS(struct task_struct, child, real_parent);
  if (!parent || READ(struct task_struct, parent, pid) == 0) return 1;
  search->process = READ_ADDRESS(struct task_struct, parent, group_leader);
  if (search->process == child) return 1;
  if (READ(struct task_struct, parent, self_exec_id) != READ(struct task_struct, child, parent_exec_id)) return 0;
  __u64 exe = exe_file_of(parent);
  if (exe) search->news |= append_to_lineage(search->task, program_of(exe));
  return 0;
}

/* Of the leader of a process. Returns whether something was learnt. A global function, as is_in_store. */
__noinline int learn_lineage(struct pw_task *task, __u64 *leader) {
  if (!task || !leader) return 0;
  struct forebears search = {.task = task, .process = *leader};
  bpf_loop(PW_GENERATIONS_WALKED_MAX, add_forebear, &search, 0);
  return search.news;
}

#endif

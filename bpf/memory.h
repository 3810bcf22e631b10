/* The memory of another process: an access to every store whose data it holds.
 *
 * Told, not decided: it is rare, and user space knows more of what a process may hold. What it holds is known by
 * held_stores.h; of a program of the policy that has touched nothing yet, user space decides, since it may have been at it
 * before anyone watched, and who traces it now will see what it reads later. */
#ifndef PURPOSEWATCH_MEMORY_H
#define PURPOSEWATCH_MEMORY_H

#include "observe.h"

struct memory {
  struct who who; /* the actor */
  struct pw_held held;
  __u64 target; /* the leader */
  __u64 subject;
  __u64 now;
  __u64 sequence; /* of the record */
  __u32 program; /* of the target */
  __u32 store;   /* the number of the one that is told */
  __u32 folds;   /* others may be counted with it */
  __u32 reserved;
};

/* One store's. Returns whether there was room. A global function, as is_in_store. */
__noinline int submit_memory(struct memory *memory) {
  if (!memory) return 0;
  struct pw_memory_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_without_file(&record->access, PW_RECORD_MEMORY, sizeof(*record), PW_MEMORY, memory->subject, memory->now,
                    memory->who.task);
  __u64 cred = READ_ADDRESS(struct task_struct, memory->target, cred);
  record->access.owner = READ(struct cred, cred, euid).val;
  record->access.flags = (memory->store == PW_HELD_MAX ? PW_ACCESS_UNSURE : 0) | (memory->folds ? PW_ACCESS_FOLDS : 0);
  memory->sequence = record->access.sequence;
  record->target_program = memory->program;
  record->store = memory->store;
  describe_ancestor(&record->target, memory->target);
  bpf_ringbuf_submit(record, wake_flag(memory->now));
  return 1;
}

/* An enum turn; once it has been told, this begins the fold. A global function, as is_in_store. */
__noinline int fold_memory(struct memory *memory, __u32 is_told) {
  if (!memory) return TO_TELL;
  struct pw_fold_key key = {.subject = memory->subject,
                            .what = {memory->target, READ(struct task_struct, memory->target, start_boottime), memory->store},
                            .generation = *(volatile __u32 *)&generation,
                            .kinds = 1U << PW_MEMORY,
                            .type = PW_RECORD_MEMORY};
  if (!is_told) return fold(&key, memory->now);
  begin_fold(&key, memory->sequence);
  return COUNTED;
}

/* Returns whether it is told, or will be. */
static __always_inline int tell_memory(struct memory *memory) {
  if (!memory->subject) return 0;
  enum turn turn = fold_memory(memory, 0);
  if (turn == COUNTED) return 1;
  memory->folds = turn == TO_TELL_AND_FOLD;
  int told = submit_memory(memory);
  if (told && memory->folds) fold_memory(memory, 1);
  return told;
}

static long tell_held(__u32 index, void *context) {
  struct memory *memory = *(struct memory **)context;
  if (index < PW_HELD_MAX) {
    if (!(memory->held.stores[index / 64 & (PW_HELD_MAX / 64 - 1)] >> (index & 63) & 1)) return 0;
  } else if (!memory->held.others) {
    return 1;
  }
  memory->store = index;
  count_seen(1U << PW_MEMORY, !tell_memory(memory));
  return 0;
}

/* A global function, as is_in_store. `state`: the actor's, or null. */
__noinline int judge_memory(struct memory *memory, struct pw_task *state) {
  if (!memory) return 0;
  memory->now = bpf_ktime_get_boot_ns();
  __u64 subject = 0;
  subject_of(&subject, &memory->who, state, memory->now);
  memory->subject = subject;
  bpf_loop(PW_HELD_MAX + 1, tell_held, &memory, 0);
  return 0;
}

/* Whoever reads what another process holds then holds it, too. `tampering`: how he may write, or none. `state`: the actor's; memory->who is filled. */
static __always_inline void observe_memory(struct memory *memory, struct task_struct *actor, struct pw_task *state,
                                           struct task_struct *target, __u32 tampering) {
  struct task_struct *leader = target->group_leader;
  struct holdings *held = bpf_task_storage_get(&holdings_of_leaders, leader, 0, 0);
  struct pw_task *identity = task_state(leader);
  memory->target = (__u64)leader;
  memory->program = identity ? identity->program : 0;
  if (tampering && !is_the_same(state, identity, &memory->who, memory->target))
    taint(leader, (__u64)actor, tampering);
  if (held) {
    memory->held = held->touched;
    take_memory(actor->group_leader, &memory->held);
  }
  if (holds_nothing(&memory->held)) {
    if (identity && !identity->program) return;
    memory->held.others = 1;
  }
  judge_memory(memory, state);
}

/* A function of its own, whose frame holds the memory. */
static __noinline int reach_memory(struct task_struct *actor, struct task_struct *target, __u32 tampering) {
  if (actor->tgid == agent_tgid || !generation) return 0;
  struct memory memory = {};
  memory.who.task = (__u64)actor;
  struct pw_task *state = task_state(actor);
  look_for_tampering(actor, state);
  identify_actor(&memory.who, actor);
  identify_person(&memory.who);
  observe_memory(&memory, actor, state, target, tampering);
  return 0;
}

#endif

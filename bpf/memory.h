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
  struct held held;
  __u64 target; /* the leader */
  __u64 subject;
  __u64 now;
  __u32 program; /* of the target */
  __u32 store;   /* the number of the one that is told */
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
  if (memory->store == PW_HELD_MAX) record->access.flags = PW_ACCESS_UNSURE;
  record->target_program = memory->program;
  record->store = memory->store;
  describe_ancestor(&record->target, memory->target);
  bpf_ringbuf_submit(record, wake_flag(memory->now));
  return 1;
}

static long tell_held(__u32 index, void *context) {
  struct memory *memory = *(struct memory **)context;
  if (index < PW_HELD_MAX) {
    if (!(memory->held.stores[index / 64 & (PW_HELD_MAX / 64 - 1)] >> (index & 63) & 1)) return 0;
  } else if (!memory->held.others) {
    return 1;
  }
  memory->store = index;
  count_seen(1U << PW_MEMORY, !(memory->subject && submit_memory(memory)));
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

static __always_inline int holds_nothing(const struct held *held) {
  __u64 any = held->others;
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++) any |= held->stores[word];
  return !any;
}

/* Whoever reads what another process holds then holds it, too. `tampering`: how he may write, or none. `state`: the actor's; memory->who is filled. */
static __always_inline void observe_memory(struct memory *memory, struct task_struct *actor, struct pw_task *state,
                                           struct task_struct *target, __u32 tampering) {
  struct task_struct *leader = target->group_leader;
  struct held *held = bpf_task_storage_get(&held_stores, leader, 0, 0);
  struct pw_task *identity = task_state(leader);
  memory->target = (__u64)leader;
  memory->program = identity ? identity->program : 0;
  if (tampering && !is_the_same(state, identity, &memory->who, memory->target))
    taint(leader, (__u64)actor, tampering);
  if (held) {
    memory->held = *held;
    copy_held(actor->group_leader, &memory->held);
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

/* The loss of identity: a process that somebody else traces, or writes into, does that one's will from then on, and is no
 * service any more, until it starts another program. So do the processes it forks.
 *
 * Known by the leader of its threads. Threads look there again only when somebody was tampered with since they last did:
 * at any other access it costs one comparison. */
#ifndef PURPOSEWATCH_TAMPERING_H
#define PURPOSEWATCH_TAMPERING_H

#include "describe.h"

static __always_inline void look_for_tampering(struct task_struct *task, struct pw_task *state) {
  __u32 epoch = *(volatile __u32 *)&tampering_epoch;
  if (!state || state->tampering_epoch == epoch) return;
  state->tampering_epoch = epoch;
  __u64 tampering = (__u64)bpf_task_storage_get(&tamperings, task->group_leader, 0, 0);
  if (tampering == state->tampering) return;
  state->tampering = tampering;
  state->generation = 0;
  state->subject = 0;
}

/* What happened first counts. `by`: a task; 0: nobody but its environment. */
static __always_inline struct pw_tampering *taint(struct task_struct *leader, __u64 by, __u32 how) {
  struct pw_tampering *tampering = bpf_task_storage_get(&tamperings, leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!tampering || tampering->how != PW_NOT_TAMPERED) return 0;
  if (by) describe_ancestor(&tampering->by, read_word(by + bpf_core_field_offset(struct task_struct, group_leader)));
  tampering->how = how;
  __sync_fetch_and_add(&tampering_epoch, 1);
  return tampering;
}

/* Who could do the same without: php-fpm's master looks into its workers, and everybody may debug what is his. Of another
 * user, or in another place, a process may be another service. */
static __always_inline int is_the_same(const struct pw_task *one, const struct pw_task *other, const struct who *who,
                                       __u64 other_task) {
  if (!one || !other || one->program != other->program) return 0;
  __u64 css_set = READ_ADDRESS(struct task_struct, other_task, cgroups);
  __u64 cgroup = READ_ADDRESS(struct css_set, css_set, dfl_cgrp);
  __u64 node = READ_ADDRESS(struct cgroup, cgroup, kn);
  if (READ(struct kernfs_node, node, id) != who->cgroup) return 0;
  __u64 cred = READ_ADDRESS(struct task_struct, other_task, cred);
  return one->program || READ(struct cred, cred, euid).val == who->euid;
}

static __always_inline void inherit_tampering(struct task_struct *child, struct task_struct *current) {
  if (!tampering_epoch) return;
  struct pw_tampering *tampering = bpf_task_storage_get(&tamperings, current->group_leader, 0, 0);
  if (!tampering) return;
  struct pw_tampering *mine = bpf_task_storage_get(&tamperings, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (mine) *mine = *tampering;
}

#endif

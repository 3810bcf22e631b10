/* What a process holds in its memory: which stores any of its threads has touched since its program began. Whoever reads
 * that memory reads their data.
 *
 * Known by the leader of its threads, which share the memory; passed on by fork, which copies it; gone with exec. Stores
 * are noted by a number that outlives a reload, since so does the memory. */
#ifndef PURPOSEWATCH_HELD_STORES_H
#define PURPOSEWATCH_HELD_STORES_H

#include "lookups.h"
#include "descend.h"

struct held {
  __u64 stores[PW_HELD_MAX / 64]; /* bit set, by number */
  __u32 others; /* 1: user space decides which else */
  __u32 reserved;
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct held);
} held_stores PW_MAP;

/* Accesses by which no data gets into memory. */
enum { PW_BARE_KINDS = 1 << PW_DELETE | 1 << PW_RENAME | 1 << PW_ATTR };

static __always_inline struct held *held_by(struct task_struct *task, __u64 create) {
  return bpf_task_storage_get(&held_stores, task->group_leader, 0, create);
}

static __always_inline void hold(struct held *held, __u32 of_generation, __u32 store) {
  __u32 *number = store ? table_store_number(of_generation, store - 1) : 0;
  if (!number || *number >= PW_HELD_MAX) {
    held->others = 1;
    return;
  }
  __u32 bit = *number;
  __sync_fetch_and_or(&held->stores[bit / 64 & (PW_HELD_MAX / 64 - 1)], 1ULL << (bit & 63));
}

/* `store`: index + 1, or 0 when that is user space's to decide. A task that touches the store that it touched last has
 * nothing new to note. */
static __always_inline void note_held(struct task_struct *current, struct pw_task *task, __u32 of_generation,
                                      __u16 store) {
  if (!task || (task->held_store == store && task->held_generation == of_generation)) return;
  struct held *held = held_by(current, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!held) return;
  hold(held, of_generation, store);
  task->held_store = store;
  task->held_generation = of_generation;
}

/* Into the memory of the process that `to` leads, what that of the other one holds. */
static __always_inline void copy_held(struct task_struct *to, const struct held *from) {
  struct held *mine = bpf_task_storage_get(&held_stores, to, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!mine) return;
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++) __sync_fetch_and_or(&mine->stores[word], from->stores[word]);
  if (from->others) mine->others = 1;
}

/* What was noted of the agent, while it stands in for that task. */
static __always_inline void hand_over_held(struct task_struct *task) {
  struct task_struct *agent = bpf_get_current_task_btf()->group_leader;
  struct held *noted = bpf_task_storage_get(&held_stores, agent, 0, 0);
  if (!noted) return;
  copy_held(task->group_leader, noted);
  bpf_task_storage_delete(&held_stores, agent);
}

#endif

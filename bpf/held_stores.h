/* What a process holds of stores: which ones it has touched, which of these it has read, and which were read by what ran in
 * it before.
 *
 * Known by the leader of its threads, which share the memory. What its own program has touched is in its memory: whoever
 * reads that memory reads their data. fork copies all of it. exec drops the memory, but not what the program before may have
 * handed on by an argument, a variable or a descriptor: so what it had read is then had by the next one, with less certainty.
 * Who has read a store carries its data, until he has not touched it for as long as the policy says; memory does not fade.
 *
 * Stores are noted by a number that outlives a reload, since so does the memory. */
#ifndef PURPOSEWATCH_HELD_STORES_H
#define PURPOSEWATCH_HELD_STORES_H

#include "lookups.h"
#include "descend.h"

struct holdings {
  struct pw_held touched;
  struct pw_held read; /* of these */
  struct pw_held had;
  __u32 how; /* pw_carried_how, of what it had */
  __u32 is_told; /* 1: some of it was not permitted here, so user space was told */
  __u64 read_ns, had_ns; /* when each was last noted; boot time */
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct holdings);
} holdings_of_leaders PW_MAP;

/* Accesses by which no data gets into memory. */
enum { PW_BARE_KINDS = 1 << PW_DELETE | 1 << PW_RENAME | 1 << PW_ATTR };
/* And those by which it gets there from the store. */
enum { PW_READING_KINDS = 1 << PW_READ | 1 << PW_LIST | 1 << PW_CONNECT | 1 << PW_MEMORY | 1 << PW_DEVICE };

/* A task notes what it touches again and again no more often than this; at most a second and a third. */
enum { NOTE_AGAIN_JIFFIES = 128 };

static __always_inline struct holdings *held_by(struct task_struct *task, __u64 create) {
  return bpf_task_storage_get(&holdings_of_leaders, task->group_leader, 0, create);
}

static __always_inline int holds_nothing(const struct pw_held *held) {
  __u64 any = held->others;
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++) any |= held->stores[word];
  return !any;
}

static __always_inline int holds_all(const struct pw_held *held, const struct pw_held *of) {
  __u64 missing = of->others & ~held->others;
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++) missing |= of->stores[word] & ~held->stores[word];
  return !missing;
}

static __always_inline void add_held(struct pw_held *to, const struct pw_held *from) {
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++)
    if (from->stores[word]) __sync_fetch_and_or(&to->stores[word], from->stores[word]);
  if (from->others) to->others = 1;
}

/* True when that is new. */
static __always_inline int hold(struct pw_held *held, __u32 of_generation, __u32 store) {
  __u32 *number = store ? table_store_number(of_generation, store - 1) : 0;
  if (number && *number == PW_NOT_HELD) return 0;
  if (!number || *number >= PW_HELD_MAX) {
    int is_new = !held->others;
    held->others = 1;
    return is_new;
  }
  __u32 bit = *number;
  __u64 *word = &held->stores[bit / 64 & (PW_HELD_MAX / 64 - 1)];
  if (*word >> (bit & 63) & 1) return 0;
  __sync_fetch_and_or(word, 1ULL << (bit & 63));
  return 1;
}

/* `store`: index + 1, or 0 when that is user space's to decide. A function of its own, since its frame would be one too many
 * below observe's. */
static __noinline int note_held(struct task_struct *current, struct pw_task *task, __u32 of_generation, __u16 store,
                                __u32 kinds) {
  if (!task || !(kinds & ~PW_BARE_KINDS)) return 0;
  __u64 jiffies = bpf_jiffies64(); /* which the verifier makes one load of; the clock costs ten times as much */
  __u16 is_read = (kinds & PW_READING_KINDS) != 0;
  if (task->held_store == store && task->held_is_read >= is_read && task->held_generation == of_generation &&
      jiffies - task->held_jiffies < NOTE_AGAIN_JIFFIES)
    return 0;
  struct holdings *held = held_by(current, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!held) return 0;
  hold(&held->touched, of_generation, store);
  if (is_read) {
    if (hold(&held->read, of_generation, store)) task->held_has_news = 1;
    held->read_ns = bpf_ktime_get_boot_ns();
  }
  task->held_store = store;
  task->held_is_read = is_read;
  task->held_generation = of_generation;
  task->held_jiffies = jiffies;
  return 0;
}

/* What was noted last is told. */
static __always_inline void note_told(struct task_struct *current) {
  struct holdings *held = held_by(current, 0);
  if (held) held->is_told = 1;
}

static __always_inline struct holdings *make_holdings(struct task_struct *leader) {
  return bpf_task_storage_get(&holdings_of_leaders, leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Into the process that `leader` leads, all that another one holds. */
static __always_inline void copy_holdings(struct task_struct *leader, const struct holdings *from) {
  struct holdings *mine = make_holdings(leader);
  if (!mine) return;
  add_held(&mine->touched, &from->touched);
  add_held(&mine->read, &from->read);
  add_held(&mine->had, &from->had);
  mine->how |= from->how;
  mine->is_told |= from->is_told;
  if (mine->read_ns < from->read_ns) mine->read_ns = from->read_ns;
  if (mine->had_ns < from->had_ns) mine->had_ns = from->had_ns;
}

/* Who reads the memory of another process has read what is in there. */
static __always_inline void take_memory(struct task_struct *leader, const struct pw_held *touched) {
  struct holdings *mine = make_holdings(leader);
  if (!mine) return;
  add_held(&mine->touched, touched);
  add_held(&mine->read, touched);
  mine->read_ns = bpf_ktime_get_boot_ns();
}

/* fork copies the memory. */
static __always_inline void inherit_holdings(struct task_struct *child, struct task_struct *parent) {
  struct holdings *held = held_by(parent, 0);
  if (held) copy_holdings(child, held);
}

/* What was noted of the agent, while it stands in for that task. */
static __always_inline void hand_over_held(struct task_struct *task) {
  struct task_struct *agent = bpf_get_current_task_btf()->group_leader;
  struct holdings *noted = bpf_task_storage_get(&holdings_of_leaders, agent, 0, 0);
  if (!noted) return;
  copy_holdings(task->group_leader, noted);
  bpf_task_storage_delete(&holdings_of_leaders, agent);
}

/* --- over exec ------------------------------------------------------------------------------------------------ */

/* A thread that is about to become the leader, since it starts a program: the leader, and what is known of it, will go. */
static __always_inline void take_leaders_place(struct task_struct *thread) {
  if (thread->group_leader == thread) return;
  struct holdings *held = held_by(thread, 0);
  if (held) copy_holdings(thread, held);
}

/* The new program is in place. */
static __always_inline void drop_memory(struct task_struct *leader) {
  struct holdings *held = bpf_task_storage_get(&holdings_of_leaders, leader, 0, 0);
  if (!held) return;
  if (!holds_nothing(&held->read)) held->how |= PW_CARRIED_INHERITED;
  add_held(&held->had, &held->read);
  if (held->had_ns < held->read_ns) held->had_ns = held->read_ns;
  __builtin_memset(&held->touched, 0, sizeof(held->touched));
  __builtin_memset(&held->read, 0, sizeof(held->read));
  held->read_ns = 0;
}

/* --- who carries data ------------------------------------------------------------------------------------------ */

static __always_inline int is_faded(__u64 noted_ns, __u64 now) {
  __u64 fades_after = *(volatile __u64 *)&fades_after_ns;
  return fades_after && now - noted_ns > fades_after;
}

/* What a process carries by now. Returns 0 when that is nothing. */
static __always_inline int carried_by(struct task_struct *task, struct pw_carried *carried) {
  struct holdings *held = held_by(task, 0);
  if (!held) return 0;
  __u64 now = bpf_ktime_get_boot_ns();
  __builtin_memset(carried, 0, sizeof(*carried));
  if (!is_faded(held->read_ns, now)) add_held(&carried->read, &held->read);
  if (!is_faded(held->had_ns, now)) add_held(&carried->had, &held->had);
  carried->how = held->how;
  carried->is_told = held->is_told;
  return !(holds_nothing(&carried->read) && holds_nothing(&carried->had));
}

#endif

/* Repeats. What is like something that was told a moment ago is not told again but counted with it (pw_fold), and user space tells
 * it by that count. What is alike depends on how much of the ring waits to be read:
 *
 *   up to 3/4: the process, the kind and the file
 *   beyond:    the process, the kind, the store and the client; the last eighth is for who has hardly been told of lately
 *
 * So a flood neither crowds out another's first access nor loses the number of its own. */
#ifndef PURPOSEWATCH_FOLDS_H
#define PURPOSEWATCH_FOLDS_H

#include "describe.h"

/* Two, of which one is filled, until user space puts the other in its place, which waits for whoever still counts here. */
struct fold_set {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, PW_FOLDS_MAX);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(key_size, sizeof(struct pw_fold_key));
  __uint(value_size, sizeof(struct pw_fold));
} first_folds PW_MAP, second_folds PW_MAP;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1); /* the one that is filled */
  __type(key, __u32);
  __array(values, struct fold_set);
} folds PW_MAP = {.values = {&first_folds}};

/* Whoever was told of while the ring was half full, */
struct flooding {
  __u32 loginuid;
  __u32 euid;
  __u64 program; /* the inode's number */
  __u64 store;   /* any number that tells stores apart */
};

/* and how often. */
struct turns {
  __u64 taken;
  __u64 last_ns;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, struct flooding);
  __type(value, struct turns);
} floodings PW_MAP;

__u64 folds_begun = 0;
const struct pw_fold nothing_folded = {};

const volatile __u64 ring_bytes = 1 << 21; /* set before load */

enum pressure { CALM, CROWDED, NEARLY_FULL, FULL };

#define FLOODING_NS 10000000000ULL /* how long a flooder is remembered */
#define TURNS_MAX 32               /* that he has before the last of the room is for others */

static __always_inline enum pressure ring_pressure(void) {
  __u64 used = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA);
  if (used > ring_bytes / 8 * 7) return FULL;
  if (used > ring_bytes / 4 * 3) return NEARLY_FULL;
  return used > ring_bytes / 2 ? CROWDED : CALM;
}

/* The pressure on the ring as it counts for somebody: FULL only for whoever has had his turns. A global function, as
 * is_in_store. `state`: the actor's, or null. */
__noinline int pressure_on(struct who *who, struct pw_task *state, __u64 store, __u64 now) {
  enum pressure pressure = ring_pressure();
  if (!who || pressure == CALM) return pressure;
  struct flooding flooding = {.loginuid = who->loginuid, .euid = who->euid, .program = state ? state->exe.inode : 0, .store = store};
  struct turns *turns = bpf_map_lookup_elem(&floodings, &flooding);
  if (turns && now - turns->last_ns < FLOODING_NS) {
    turns->last_ns = now;
    if (turns->taken >= TURNS_MAX) return pressure;
    __sync_fetch_and_add(&turns->taken, 1);
  } else {
    struct turns first = {.taken = 1, .last_ns = now};
    bpf_map_update_elem(&floodings, &flooding, &first, 0 /* BPF_ANY */);
  }
  return pressure == FULL ? NEARLY_FULL : pressure;
}

/* By what number user space knows an actor, who is described when that is due and there is room. 0: there is none. */
static __always_inline __u64 turn_subject(enum pressure pressure, struct who *who, struct pw_task *state, __u64 now) {
  __u64 subject = 0;
  if (pressure == FULL) return known_subject(who, state, now);
  subject_of(&subject, who, state, now);
  return subject;
}

enum turn {
  TO_TELL,
  TO_TELL_AND_FOLD, /* once it has been told, say so: begin_fold */
  COUNTED,          /* with another that was told: there is nothing to tell */
};

static __always_inline void *counted_folds(void) {
  __u32 set = 0;
  return bpf_map_lookup_elem(&folds, &set);
}

static __always_inline enum turn fold(const struct pw_fold_key *key, __u64 now) {
  void *counted = counted_folds();
  if (!counted) return TO_TELL;
  struct pw_fold *fold = bpf_map_lookup_elem(counted, key);
  if (!fold) return bpf_map_update_elem(counted, key, &nothing_folded, BPF_NOEXIST) ? TO_TELL : TO_TELL_AND_FOLD;
  if (!*(volatile __u64 *)&fold->told) return TO_TELL_AND_FOLD;
  if (__sync_fetch_and_add(&fold->count, 1) == 0) fold->first_boot_ns = now;
  fold->last_boot_ns = now;
  fold->last_sequence = next_sequence();
  return COUNTED;
}

static __always_inline void begin_fold(const struct pw_fold_key *key, __u64 told) {
  void *counted = counted_folds();
  struct pw_fold *fold = counted ? bpf_map_lookup_elem(counted, key) : 0;
  if (fold) *(volatile __u64 *)&fold->told = told;
  __sync_fetch_and_add(&folds_begun, 1);
}

#endif

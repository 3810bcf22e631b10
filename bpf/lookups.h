/* The look-ups that decide.h and automaton.h stand on, over the policy tables of a generation. */
#ifndef PURPOSEWATCH_LOOKUPS_H
#define PURPOSEWATCH_LOOKUPS_H

#include "read.h"

/* function(index, context) for index 0, 1, ... until it returns other than 0. */
#define repeat(count, function, context) bpf_loop(count, function, context, 0)

/* Copies up to the NUL, or size - 1 bytes; always terminated. */
#define read_string(to, size, from) bpf_probe_read_kernel_str(to, size, (const void *)(from))

/* The bytes of word number `word` that belong to a name of this length. */
static __always_inline __u64 name_bytes(__u32 length, __u32 word) {
  if (length >= (word + 1) * sizeof(__u64)) return ~0ULL;
  if (length <= word * sizeof(__u64)) return 0;
  return (1ULL << (length * 8 & 63)) - 1;
}

/* Eight bytes of a name, little-endian, zero-filled. */
static __always_inline __u64 name_word(__u64 name, __u32 length, __u32 word) {
  return read_word(name + word * sizeof(__u64)) & name_bytes(length, word);
}

/* Is it one of the set, perhaps? */
static __always_inline int may_have_name(__u64 names, __u64 name, __u32 length) {
  return (names & pw_name_bit(name_word(name, length, 0), length)) != 0;
}

/* The first PW_COMPONENT_INLINE bytes of a name as an edge's key has them: zero-filled. */
static __always_inline void read_name(char *to, __u64 from, __u32 length) {
  if (!typed_loads) {
    read_string(to, PW_COMPONENT_INLINE + 1, from);
    return;
  }
  if (length > PW_COMPONENT_INLINE) length = PW_COMPONENT_INLINE;
#pragma clang loop unroll(full)
  for (__u32 word = 0; word < (PW_COMPONENT_INLINE + 1) / sizeof(__u64); word++)
    ((__u64 *)to)[word] = name_word(from, length, word);
}

#define PW_LOOKUP(function, table, key_type, value_type)                                    \
  static __always_inline value_type *function(__u32 of_generation, const key_type *key) {   \
    void *set = table_of(&table, of_generation);                                            \
    return set ? (value_type *)bpf_map_lookup_elem(set, key) : 0;                           \
  }

#define PW_LOOKUP_BY_NUMBER(function, table, key_type, value_type)                    \
  static __always_inline value_type *function(__u32 of_generation, key_type key) {    \
    void *set = table_of(&table, of_generation);                                      \
    return set ? (value_type *)bpf_map_lookup_elem(set, &key) : 0;                    \
  }

PW_LOOKUP(table_anchor, anchors, struct pw_inode_key, struct pw_anchor)
PW_LOOKUP(table_edge, edges, struct pw_edge_key, struct pw_target)
PW_LOOKUP(table_origin, origins, struct pw_origin_key, __u32)
PW_LOOKUP(table_port, ports, struct pw_port_key, __u32)
PW_LOOKUP(table_permit, permits, struct pw_permit_key, struct pw_permit)
PW_LOOKUP_BY_NUMBER(table_state, states, __u32, struct pw_state)
PW_LOOKUP_BY_NUMBER(table_glob, globs, __u32, struct pw_glob)
PW_LOOKUP_BY_NUMBER(table_store_number, store_numbers, __u32, __u32)
PW_LOOKUP_BY_NUMBER(table_glob_target, glob_targets, __u32, __u32)
PW_LOOKUP_BY_NUMBER(table_candidates, candidates, __u32, struct pw_candidates)
PW_LOOKUP_BY_NUMBER(table_service, services, __u32, struct pw_service)
PW_LOOKUP_BY_NUMBER(table_units, units, __u64, struct pw_units)

static __always_inline int window_is_open(__u32 of_generation, __u32 number) {
  volatile __u64 *window = &open_seconds[of_generation & (PW_GENERATIONS - 1)][number & (PW_WINDOWS_MAX - 1)];
  return pw_is_open(*window, bpf_ktime_get_boot_ns());
}

/* Atomic: a program may be preempted by another one on the same CPU, and every access counts. */
static __always_inline void count_permitted(__u32 slot) {
  __u64 *count = bpf_map_lookup_elem(&permitted, &slot);
  if (count) __sync_fetch_and_add(count, 1);
}

#endif

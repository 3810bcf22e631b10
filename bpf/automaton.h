/* One step of the automaton over path components. Plain C over `repeat`, `read_string`, `read_name`, `name_word`,
 * `may_have_name` and the look-ups table_state, table_edge, table_glob and table_glob_target, so that tests compare it with rules/judge on a host. */
#ifndef PURPOSEWATCH_AUTOMATON_H
#define PURPOSEWATCH_AUTOMATON_H

#include "abi.h"

/* Are the bytes that the mask selects the same? Both are aligned to 8 bytes. */
static __always_inline int same_bytes(const void *name, const void *part, const __u64 *mask) {
  const __u64 *a = name, *b = part;
  return !(((a[0] ^ b[0]) & mask[0]) | ((a[1] ^ b[1]) & mask[1]) | ((a[2] ^ b[2]) & mask[2]));
}

struct name_hash {
  __u64 name; /* address */
  __u64 hash;
  __u32 length;
  __u32 reserved;
};

static long add_word(__u32 index, void *context) {
  struct name_hash *hash = context;
  if (index * sizeof(__u64) >= hash->length) return 1;
  hash->hash = pw_hash_word(hash->hash, name_word(hash->name, hash->length, index));
  return 0;
}

/* Of a name that is longer than a key holds. That two names could share it does no harm: what the kernel takes for a
 * store's, user space looks at by its whole name. */
static __always_inline __u64 hash_name(__u64 name, __u32 length) {
  struct name_hash hash = {.name = name, .hash = PW_HASH_START, .length = length};
  repeat((PW_NAME_MAX + 1) / sizeof(__u64), add_word, &hash);
  return hash.hash;
}

/* To the state of this number. */
static __always_inline int enter(__u32 of_generation, struct pw_target *at, __u32 number) {
  struct pw_state *state = table_state(of_generation, number);
  at->state = state ? number : 0;
  if (!state) return 0;
  at->client_depth = state->client_depth;
  at->store = state->store;
  at->flags = state->flags;
  return 0;
}

/* One component down by an edge of this name; false when there is none. A global function, as is_in_store. */
__noinline int step_by_literal(__u32 of_generation, struct pw_target *at, __u64 name, __u32 length) {
  if (!at) return 0;
  struct pw_edge_key key = {.state = at->state, .length = length};
  read_name(key.name, name, length);
  if (length > PW_COMPONENT_INLINE) key.hash = hash_name(name, length);
  struct pw_target *next = table_edge(of_generation, &key);
  if (next) *at = *next;
  return next != 0;
}

struct glob_search {
  const struct pw_state *state;
  __u64 name; /* address */
  __u32 length;
  __u32 generation;
  __u32 matching; /* bit set */
  __u32 reserved;
};

/* Does the name match "prefix*suffix"? */
static long try_glob(__u32 index, void *context) {
  struct glob_search *search = context;
  if (index >= search->state->globs) return 1;
  struct pw_glob *glob = table_glob(search->generation, search->state->first_glob + index);
  if (!glob || search->length < glob->prefix_length + glob->suffix_length) return 0;
  __u64 part[PW_GLOB_PART_MAX / 8 + 1] = {};
  read_string((char *)part, sizeof(part), search->name);
  if (!same_bytes(part, glob->prefix, glob->prefix_mask)) return 0;
  part[0] = part[1] = part[2] = 0;
  read_string((char *)part, sizeof(part), search->name + search->length - glob->suffix_length);
  if (same_bytes(part, glob->suffix, glob->suffix_mask)) search->matching |= 1U << (index & 31);
  return 0;
}

/* One component down by the globs that match. */
__noinline int step_by_globs(__u32 of_generation, struct pw_target *at, const struct pw_state *state, __u64 name,
                             __u32 length) {
  if (!at || !state) return 0;
  struct glob_search search = {.state = state, .name = name, .length = length, .generation = of_generation};
  repeat(PW_GLOBS_PER_STATE_MAX, try_glob, &search);
  __u32 *target = table_glob_target(of_generation, state->first_target + search.matching);
  return enter(of_generation, at, target ? *target : 0);
}

/* One component down: from the state `at`, whose row is `state`, by a name (an address, for read_string) of a length. */
static __always_inline void step_down(__u32 of_generation, struct pw_target *at, const struct pw_state *state,
                                      __u64 name, __u32 length) {
  if (may_have_name(state->names, name, length) && step_by_literal(of_generation, at, name, length)) return;
  if (state->flags & PW_STATE_HAS_GLOBS)
    step_by_globs(of_generation, at, state, name, length);
  else
    enter(of_generation, at, state->otherwise);
}

#endif

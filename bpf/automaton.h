/* One step of the automaton over path components. Plain C over `repeat`,
 * `read_string` and the look-ups table_edge,
 * table_glob and table_glob_target, so that tests compare it with rules/judge on a host. */
#ifndef PURPOSEWATCH_AUTOMATON_H
#define PURPOSEWATCH_AUTOMATON_H

#include "abi.h"

/* Are the bytes that the mask selects the same? Both are aligned to 8 bytes. */
static __always_inline int same_bytes(const void *name, const void *part, const __u64 *mask) {
  const __u64 *a = name, *b = part;
  return !(((a[0] ^ b[0]) & mask[0]) | ((a[1] ^ b[1]) & mask[1]) | ((a[2] ^ b[2]) & mask[2]));
}

struct glob_search {
  const struct pw_edge_key *key;
  const struct pw_state *state;
  __u64 name; /* address of the whole name */
  __u32 generation;
  __u32 matching; /* bit set */
};

/* Does the name match "prefix*suffix"? */
static long try_glob(__u32 index, void *context) {
  struct glob_search *search = context;
  if (index >= search->state->globs) return 1;
  struct pw_glob *glob = table_glob(search->generation, search->state->first_glob + index);
  if (!glob || search->key->length < glob->prefix_length + glob->suffix_length) return 0;
  if (!same_bytes(search->key->name, glob->prefix, glob->prefix_mask)) return 0;
  __u64 ending[PW_GLOB_PART_MAX / 8 + 1] = {};
  read_string((char *)ending, sizeof(ending), search->name + search->key->length - glob->suffix_length);
  if (same_bytes(ending, glob->suffix, glob->suffix_mask)) search->matching |= 1U << (index & 31);
  return 0;
}

struct name_hash {
  __u64 name;
  __u64 hash;
  __u32 length;
  __u32 reserved;
};

static long hash_byte(__u32 index, void *context) {
  struct name_hash *hash = context;
  char byte[2] = {};
  if (index >= hash->length) return 1;
  read_string(byte, sizeof(byte), hash->name + index);
  hash->hash = (hash->hash ^ (__u8)byte[0]) * 0x100000001b3ULL;
  return 0;
}

/* FNV-1a, for names longer than a key holds. That two names could share it does no harm: what the kernel takes
 * for a store's, user space looks at by its whole name. */
static __always_inline __u64 hash_name(__u64 name, __u32 length) {
  struct name_hash hash = {.name = name, .hash = 0xcbf29ce484222325ULL, .length = length};
  repeat(PW_NAME_MAX, hash_byte, &hash);
  return hash.hash;
}

/* The state after a component of this name, where look-ups tell. */
static __noinline __u32 look_up_next(__u32 of_generation, __u32 number, const struct pw_state *state,
                                        __u64 name, __u32 length) {
  __u16 flags = state->flags;
  struct pw_edge_key key = {.state = number, .length = length};
  read_string(key.name, sizeof(key.name), name);
  if (flags & PW_STATE_HAS_LITERALS) {
    if (length > PW_COMPONENT_INLINE && (flags & PW_STATE_HAS_LONG_LITERALS)) key.hash = hash_name(name, length);
    __u32 *next = table_edge(of_generation, &key);
    if (next) return *next;
  }
  if (!(flags & PW_STATE_HAS_GLOBS)) return state->otherwise;
  struct glob_search search = {.key = &key, .state = state, .name = name, .generation = of_generation};
  repeat(PW_GLOBS_PER_STATE_MAX, try_glob, &search);
  __u32 *target = table_glob_target(of_generation, state->first_target + search.matching);
  return target ? *target : 0;
}

/* Has a literal that starts here this length? */
static __always_inline int has_literal_of(const struct pw_state *state, __u32 length) {
  return (state->lengths >> (length < PW_LENGTHS - 1 ? length : PW_LENGTHS - 1)) & 1;
}

/* The state after a component of this name (an address, for read_string) and length. */
static __always_inline __u32 next_state(__u32 of_generation, __u32 number, const struct pw_state *state, __u64 name,
                                        __u32 length) {
  if (!(state->flags & PW_STATE_HAS_GLOBS) && !has_literal_of(state, length)) return state->otherwise;
  return look_up_next(of_generation, number, state, name, length);
}

#endif

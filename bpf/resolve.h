/* Which store does a file belong to?
 *
 *   1. Walk up. At each directory: is it an anchor? One bit of `anchor_filter` answers for nearly all.
 *   2. At an anchor: run the automaton down again over the names between the anchor and the file.
 *   3. It ends in a state that says store, none, or "user space decides".
 *
 * Anchors are the deepest existing directories of the policy's literal prefixes, and their parents, so that a
 * store that is created (or replaced) later is found by its name below the parent. Wildcards are only ever
 * matched here, in the kernel, so a directory made a microsecond ago is matched like any other.
 *
 * There is no cache of answers: with the filter the walk costs less than a look-up would (a walk of seven
 * directories is about 30 ns), and what does not exist cannot be stale. */
#ifndef PURPOSEWATCH_RESOLVE_H
#define PURPOSEWATCH_RESOLVE_H

#include "lookups.h"
#include "automaton.h"
#include "walk.h"

struct location {
  __u32 store; /* index + 1; 0: none */
  __u32 unsure;
  __u32 anchor;        /* id */
  __u32 height;        /* components between the anchor and the file */
  __u32 client_height; /* steps up from the file to the component that names the client; -1: none */
  __u32 hops;          /* mounts left on the way to the anchor */
};

struct search {
  __u64 file;
  struct position at;
  struct location *location;
  __u32 generation;
  __u32 device;
  __u32 height;            /* of at.dentry above the file */
  __u32 mount_root_height; /* of the root of the current mount */
  __u32 state;             /* of the automaton's run from an anchor down to the file */
  __u32 run_height;        /* of the component that the run reads next */
  __u64 found;
};

/* The name at `height` above the file. */
static __noinline int name_at(struct qstr *name, struct search *search, __u32 height) {
  struct position at;
  start_at(&at, search->file, search->location->hops);
  if (height) bpf_loop(height, step_up, &at, 0);
  *name = READ(struct dentry, at.dentry, d_name);
  return 0;
}

/* One component down. */
static long run_down(__u32 index, void *context) {
  struct search *search = context;
  struct pw_state *state = table_state(search->generation, search->state);
  if (!state || !search->run_height || (state->flags & PW_STATE_FINAL)) return 1;
  search->run_height--;
  if (state->flags & (PW_STATE_HAS_LITERALS | PW_STATE_HAS_GLOBS)) {
    struct qstr name;
    name_at(&name, search, search->run_height);
    search->state = next_state(search->generation, search->state, state, (__u64)name.name, name.len);
  } else {
    search->state = state->otherwise;
  }
  return search->state == 0;
}

/* Runs the automaton from an anchor; true when it ends in a store, or unsure. */
static __always_inline int run_from(struct search *search, struct pw_anchor *anchor) {
  search->state = anchor->state;
  search->run_height = search->height;
  bpf_loop(PW_PATTERN_DEPTH_MAX, run_down, search, 0);
  if (!search->state) return 0;
  struct pw_state *end = table_state(search->generation, search->state);
  if (!end) return 0;
  if (!end->store && !(end->flags & PW_STATE_UNSURE)) return 0;
  struct location *location = search->location;
  location->store = end->store;
  location->unsure = (end->flags & PW_STATE_UNSURE) != 0;
  location->anchor = anchor->id;
  location->height = search->height;
  location->client_height = -1;
  /* The client is component number client_depth of the pattern, and the anchor stands for the first `depth`. */
  if (end->client_depth > anchor->depth && end->client_depth - anchor->depth <= search->height)
    location->client_height = search->height - (end->client_depth - anchor->depth);
  return 1;
}

static __always_inline int may_be_anchor(__u32 of_generation, __u64 inode) {
  __u64 bit = (inode * 0x9e3779b97f4a7c15ULL) >> (64 - 19); /* 2^19 bits */
  __u64 word = anchor_filter[of_generation & (PW_GENERATIONS - 1)][(bit >> 6) & (PW_FILTER_WORDS - 1)];
  return (word >> (bit & 63)) & 1;
}

/* One directory of the walk up. */
static long look_here(__u32 index, void *context) {
  struct search *search = context;
  __u64 dentry = search->at.dentry;
  if (dentry == search->at.mount_root) search->mount_root_height = search->height;
  __u64 inode = READ_ADDRESS(struct dentry, dentry, d_inode);
  __u64 number = READ(struct inode, inode, i_ino);
  if (may_be_anchor(search->generation, number)) {
    struct pw_inode_key key = {.inode = number, .device = search->device};
    key.generation = READ(struct inode, inode, i_generation);
    struct pw_anchor *anchor = table_anchor(search->generation, &key);
    if (anchor) {
      if (run_from(search, anchor)) {
        search->found = 1;
        return 1;
      }
    }
  }
  __u64 parent = READ_ADDRESS(struct dentry, dentry, d_parent);
  if (parent == dentry) return 1;
  search->at.dentry = parent;
  search->height++;
  return 0;
}

/* One file system of the way: up to its root, then out of the mount. */
static long search_mount(__u32 index, void *context) {
  struct search *search = context;
  __u64 super = READ_ADDRESS(struct dentry, search->at.dentry, d_sb);
  search->device = READ(struct super_block, super, s_dev);
  search->mount_root_height = search->height;
  bpf_loop(PW_WALK_DEPTH_MAX, look_here, search, 0);
  if (search->found) return 1;
  /* The way on leads from the root of the mount, not from the root of the file system. */
  search->height = search->mount_root_height;
  if (!hop(&search->at)) return 1;
  search->location->hops++;
  return 0;
}

/* False: no store (or the policy is empty). */
static __noinline int resolve(struct location *location, __u64 file, __u32 of_generation) {
  struct search search = {.file = file, .generation = of_generation, .location = location};
  search.height = search.mount_root_height = location->hops = unknown_zero;
  start_at(&search.at, file, 0);
  bpf_loop(PW_MOUNT_HOPS_MAX, search_mount, &search, 0);
  return search.found;
}

#endif

/* Which store does a file belong to?
 *
 *   1. Walk up. At each directory: is it an anchor? One bit of `anchor_filter` answers for nearly all, and one of
 *      `device_filter` for all of a file system.
 *   2. At an anchor: run the automaton down again over the names between the anchor and the file.
 *   3. It ends in a state that says store, none, or "user space decides".
 *
 * Anchors are the deepest existing directories of the policy's literal prefixes, and their parents, so that a
 * store that is created (or replaced) later is found by its name below the parent. Wildcards are only ever
 * matched here, in the kernel, so a directory made a microsecond ago is matched like any other.
 *
 * There is no cache of answers: with the filters the walk costs less than a look-up would (one of seven
 * directories is about 30 ns), and what does not exist cannot be stale. */
#ifndef PURPOSEWATCH_RESOLVE_H
#define PURPOSEWATCH_RESOLVE_H

#include "lookups.h"
#include "automaton.h"
#include "walk.h"

struct location {
  __u64 file;       /* asked of this file, */
  __u32 generation; /* by these tables */
  __u16 store;      /* index + 1; 0: none */
  __u16 unsure;
  __u32 anchor;        /* id */
  __u32 height;        /* components between the anchor and the file */
  __u32 client_height; /* steps up from the file to the component that names the client; -1: none */
  __u32 hops;          /* mounts left on the way to the anchor */
};

struct search {
  struct location *location;
  struct position at;
  __u64 file;
  __u64 below; /* the dentry under at.dentry on the way; 0: none, or not known */
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

/* May the name below lead from the anchor into a store? Most files lie beside all stores, and its length tells. */
static __always_inline int may_lead_on(struct search *search, struct pw_anchor *anchor, __u64 below) {
  struct pw_state *state = table_state(search->generation, anchor->state);
  if (!state || !below || state->store || state->otherwise) return 1;
  if (state->flags & ~(PW_STATE_HAS_LITERALS | PW_STATE_HAS_LONG_LITERALS)) return 1;
  return has_literal_of(state, READ(struct dentry, below, d_name.len));
}

static __always_inline int may_be_anchor(__u32 of_generation, __u64 inode) {
  __u64 bit = (inode * 0x9e3779b97f4a7c15ULL) >> (64 - 19); /* 2^19 bits */
  __u64 word = anchor_filter[of_generation & (PW_GENERATIONS - 1)][(bit >> 6) & (PW_FILTER_WORDS - 1)];
  return (word >> (bit & 63)) & 1;
}

static __always_inline int may_hold_anchors(__u32 of_generation, __u32 device) {
  __u64 bit = (device * 0x9e3779b97f4a7c15ULL) >> (64 - 6);
  return (device_filter[of_generation & (PW_GENERATIONS - 1)] >> bit) & 1;
}

enum { LEVELS_AT_ONCE = 4 };

/* Some levels of the walk up, in registers (one, where each load is a call); fewer when there is a directory that may be
 * an anchor. */
static long climb(__u32 index, void *context) {
  struct search *search = context;
  __u32 height = search->height;
  __u64 dentry = search->at.dentry, below = search->below, inode, number;
  if (typed_loads) {
    struct dentry *typed = TYPED(struct dentry, dentry);
#pragma clang loop unroll(full)
    for (int level = 0; level < LEVELS_AT_ONCE; level++) {
      if (dentry == search->at.mount_root) search->mount_root_height = height;
      inode = (__u64)typed->d_inode;
      number = typed->d_inode->i_ino;
      if (may_be_anchor(search->generation, number)) goto candidate;
      typed = typed->d_parent;
      if ((__u64)typed == dentry) return 1;
      below = dentry;
      dentry = (__u64)typed;
      height++;
    }
  } else {
    if (dentry == search->at.mount_root) search->mount_root_height = height;
    inode = READ_ADDRESS(struct dentry, dentry, d_inode);
    number = READ(struct inode, inode, i_ino);
    if (may_be_anchor(search->generation, number)) goto candidate;
    below = dentry;
    dentry = READ_ADDRESS(struct dentry, dentry, d_parent);
    if (dentry == below) return 1;
    height++;
  }
  search->at.dentry = dentry;
  search->below = below;
  search->height = height;
  return 0;

candidate:
  search->height = height;
  struct pw_inode_key key = {.inode = number, .device = search->device};
  key.generation = READ(struct inode, inode, i_generation);
  struct pw_anchor *anchor = table_anchor(search->generation, &key);
  if (anchor && may_lead_on(search, anchor, below) && run_from(search, anchor)) {
    search->found = 1;
    return 1;
  }
  __u64 parent = READ_ADDRESS(struct dentry, dentry, d_parent);
  if (parent == dentry) return 1;
  search->at.dentry = parent;
  search->below = dentry;
  search->height = height + 1;
  return 0;
}

/* One level of a file system that holds no anchor. */
static long count_level(__u32 index, void *context) {
  struct search *search = context;
  if (search->at.dentry == search->at.mount_root) return 1;
  __u64 parent = READ_ADDRESS(struct dentry, search->at.dentry, d_parent);
  if (parent == search->at.dentry) return 1;
  search->at.dentry = parent;
  search->height++;
  return 0;
}

/* One file system of the way: up to its root, then out of the mount. */
static long search_mount(__u32 index, void *context) {
  struct search *search = context;
  __u64 super = READ_ADDRESS(struct dentry, search->at.dentry, d_sb);
  search->device = READ(struct super_block, super, s_dev);
  if (may_hold_anchors(search->generation, search->device)) {
    search->mount_root_height = search->height;
    bpf_loop(PW_WALK_DEPTH_MAX, climb, search, 0);
    if (search->found) return 1;
    /* The way on leads from the root of the mount, not from the root of the file system. */
    search->height = search->mount_root_height;
  } else {
    bpf_loop(PW_WALK_DEPTH_MAX, count_level, search, 0);
  }
  search->below = unknown_zero;
  if (!hop(&search->at)) return 1;
  search->location->hops++;
  return 0;
}

/* False: no store (or the policy is empty). A global function: verified once and by itself, since together with all
 * that follows it is more than the verifier is willing to look at. What it is asked stands in the struct, where a
 * kernel address is a number. */
__noinline int resolve(struct location *location) {
  if (!location) return 0;
  struct search search = {.location = location, .file = location->file, .generation = location->generation};
  search.height = search.mount_root_height = location->hops = unknown_zero;
  search.below = unknown_zero;
  start_at(&search.at, location->file, 0);
  bpf_loop(PW_MOUNT_HOPS_MAX, search_mount, &search, 0);
  return search.found;
}

#endif

/* Which store does a file belong to?
 *
 *   1. Walk up. At each directory: is it an anchor? One bit of `anchor_filter` answers for nearly all, one of
 *      `device_filter` for all of a file system, and the name below for most of what lies beside a store.
 *   2. At an anchor: run the automaton down again over the names between the anchor and the file (descend.h).
 *   3. It ends in a state that says store, none, or "user space decides".
 *
 * Anchors are the deepest existing directories of the policy's literal prefixes, and their parents, so that a
 * store that is created (or replaced) later is found by its name below the parent. An anchor that is where the policy
 * knows it has answered for its parent, which need not be asked then. Wildcards are only ever matched here, in the
 * kernel, so a directory made a microsecond ago is matched like any other.
 *
 * There is no cache of answers: with the filters the walk costs less than a look-up would (one of seven
 * directories is about 30 ns), and what does not exist cannot be stale. */
#ifndef PURPOSEWATCH_RESOLVE_H
#define PURPOSEWATCH_RESOLVE_H

#include "descend.h"
#include "identity.h"

struct height_search {
  struct position at;
  __u64 wanted; /* a dentry */
  __u32 height;
  __u32 reserved;
};

static long count_step(__u32 index, void *context) {
  struct height_search *search = context;
  if (search->at.dentry == search->wanted) return 1;
  search->height++;
  return step_up(index, &search->at);
}

/* Of a dentry on the way that leaves `hops` mounts. */
static __noinline __u32 height_of(__u64 dentry, __u64 file, __u32 hops) {
  struct height_search search = {.wanted = dentry, .height = unknown_zero};
  start_at(&search.at, file, hops);
  bpf_loop(PW_WALK_DEPTH_MAX, count_step, &search, 0);
  return search.height;
}

/* Is the directory still where the policy knows it, by its name and the directory above? */
static __always_inline int is_in_place(struct pw_anchor *anchor, __u64 dentry, __u64 above) {
  struct pw_inode_key key = {};
  key_of_inode(&key, READ_ADDRESS(struct dentry, above, d_inode));
  if (key.inode != anchor->above || key.device != anchor->above_device) return 0;
  __u32 length = READ(struct dentry, dentry, d_name.len);
  __u64 name = READ_ADDRESS(struct dentry, dentry, d_name.name);
  __u64 *known = (__u64 *)anchor->name;
  return length <= PW_ANCHOR_NAME && (read_word(name) & name_bytes(length, 0)) == known[0] &&
         (read_word(name + sizeof(__u64)) & name_bytes(length, 1)) == known[1];
}

static __always_inline struct pw_anchor *anchor_of(const struct location *location) {
  struct pw_inode_key key = {};
  key_of_inode(&key, READ_ADDRESS(struct dentry, location->dentry, d_inode));
  return table_anchor(location->generation, &key);
}

/* What an anchor in its place does not know, the one above does not know either. */
static __always_inline void spare_above(struct location *location, struct pw_anchor *anchor) {
  __u64 above = READ_ADDRESS(struct dentry, location->named, d_parent);
  location->spared = is_in_place(anchor, location->named, above) ? above : 0;
}

/* The same of an anchor that was spared itself. A global function, as is_in_store. */
__noinline int pass_on(struct location *location) {
  if (!location) return 0;
  struct pw_anchor *anchor = anchor_of(location);
  if (anchor) spare_above(location, anchor);
  return 0;
}

/* True when the file is in a store, by the anchor that location->dentry may be. A global function: verified once and by
 * itself, whatever ways lead here; so all that it is asked stands in the struct, where a kernel address is a number. */
__noinline int is_in_store(struct location *location) {
  if (!location) return 0;
  struct pw_anchor *anchor = anchor_of(location);
  if (!anchor) return 0;
  if (location->hops) location->height = height_of(location->dentry, location->file, location->hops);
  if (run_from(anchor, location)) return 1;
  spare_above(location, anchor);
  return 0;
}

struct search {
  struct location *location;
  struct position at;
  __u64 below;  /* the dentry under at.dentry on the way; 0: none, or not known */
  __u32 device; /* 0: not looked at yet */
  __u32 found;
};

/* May a way lead from this directory, through the name below it, into a store? */
static __always_inline int may_lead_on(__u32 of_generation, __u32 device, __u64 inode, __u64 below) {
  __u64 hash = pw_inode_hash(inode, device);
  __u64 bit = hash >> (filter_shift[of_generation & (PW_GENERATIONS - 1)] & 63);
  __u64 word = anchor_filter[of_generation & (PW_GENERATIONS - 1)][(bit >> 6) & (PW_FILTER_WORDS - 1)];
  if (!((word >> (bit & 63)) & 1)) return 0;
  if (!below) return 1;
  __u64 names = name_filter[of_generation & (PW_GENERATIONS - 1)][hash >> 20 & (PW_NAME_SETS - 1)];
  return may_have_name(names, READ_ADDRESS(struct dentry, below, d_name.name), READ(struct dentry, below, d_name.len));
}

static __always_inline int may_hold_anchors(__u32 of_generation, __u32 device) {
  return (device_filter[of_generation & (PW_GENERATIONS - 1)] & pw_device_bit(device)) != 0;
}

static __always_inline __u64 inode_number(__u64 dentry) {
  __u64 inode = READ_ADDRESS(struct dentry, dentry, d_inode);
  return READ(struct inode, inode, i_ino);
}

enum { LEVELS_AT_ONCE = 8 };

/* Goes on with the search: some levels up in registers (one, where each load is a call), fewer when there is a
 * directory that may be an anchor, or a file system ends: the way on leads from its mount. Returns 1 at the end. */
static __noinline long search_on(__u32 index, void *context) {
  struct search *search = context;
  struct location *location = search->location;
  __u64 dentry = search->at.dentry, below = search->below, parent;
  __u32 height = location->height, of_generation = location->generation, device = search->device;
  if (!device) {
    __u64 super = READ_ADDRESS(struct dentry, dentry, d_sb);
    search->device = device = READ(struct super_block, super, s_dev);
    if (!may_hold_anchors(of_generation, device)) goto leave;
  }
  if (typed_loads) {
    struct dentry *typed = TYPED(struct dentry, dentry);
#pragma clang loop unroll(full)
    for (int level = 0; level < LEVELS_AT_ONCE; level++) {
      if (may_lead_on(of_generation, device, typed->d_inode->i_ino, below)) goto candidate;
      typed = typed->d_parent;
      if ((__u64)typed == dentry) goto leave;
      below = dentry;
      dentry = (__u64)typed;
      height++;
    }
  } else {
    if (may_lead_on(of_generation, device, inode_number(dentry), below)) goto candidate;
    below = dentry;
    dentry = READ_ADDRESS(struct dentry, dentry, d_parent);
    if (dentry == below) goto leave;
    height++;
  }
  search->at.dentry = dentry;
  search->below = below;
  location->height = height;
  return 0;

candidate:
  parent = READ_ADDRESS(struct dentry, dentry, d_parent);
  if (location->spared && location->spared == location->dentry && below == location->named) pass_on(location);
  location->dentry = dentry;
  location->named = parent == dentry ? mountpoint_of(&search->at) : dentry;
  if (dentry != location->spared) {
    location->height = height;
    search->found = is_in_store(location);
    if (search->found) return 1;
  }
  if (parent == dentry) goto leave;
  search->at.dentry = parent;
  search->below = dentry;
  location->height = height + 1;
  return 0;

leave:
  search->device = search->below = unknown_zero;
  if (!hop(&search->at)) return 1;
  location->hops++;
  return 0;
}

/* False: no store (or the policy is empty). A global function, as is_in_store. */
__noinline int resolve(struct location *location) {
  if (!location) return 0;
  struct search search = {.location = location};
  location->height = location->hops = search.device = search.below = unknown_zero;
  begin_at(&search.at, location->file);
  if (!search_on(0, &search)) bpf_loop(PW_WALK_DEPTH_MAX, search_on, &search, 0);
  return search.found;
}

#endif

/* Which store does a file belong to?
 *
 *   1. Walk up. At each directory: is it an anchor? One bit of `anchor_filter` answers for nearly all, one of
 *      `device_filter` for all of a file system, and the name below for most of what lies beside a store.
 *   2. At an anchor: run the automaton down again over the names between the anchor and the file (descend.h).
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

#include "descend.h"
#include "identity.h"

struct height_search {
  struct position at;
  __u64 wanted; /* a dentry */
  __u32 height;
  __u32 found;
};

/* Below a mount the wanted one may stand, too: it counts when all mounts are left. */
static long count_step(__u32 index, void *context) {
  struct height_search *search = context;
  search->found = search->at.dentry == search->wanted && !search->at.hops;
  if (search->found) return 1;
  search->height++;
  return step_up(index, &search->at);
}

/* Sets the height of location->dentry, on a way that leaves `hops` mounts. False when there is no such way: a directory was
 * moved out of its mount. */
static __noinline int measure_height(struct location *location) {
  struct height_search search = {.wanted = location->dentry, .height = unknown_zero};
  start_at(&search.at, location->file, location->hops);
  bpf_loop(PW_WALK_DEPTH_MAX, count_step, &search, 0);
  location->height = search.height;
  return search.found;
}

/* True when the file is in a store, by the anchor that location->dentry may be. A global function: verified once and by
 * itself, whatever ways lead here; so all that it is asked stands in the struct, where a kernel address is a number. */
__noinline int is_in_store(struct location *location) {
  if (!location) return 0;
  struct pw_inode_key key = {};
  key_of_inode(&key, READ_ADDRESS(struct dentry, location->dentry, d_inode));
  struct pw_anchor *anchor = table_anchor(location->generation, &key);
  if (!anchor) return 0;
  if (location->height_is_unknown && !measure_height(location)) return 0;
  return run_from(anchor, location);
}

struct search {
  struct location *location;
  struct position at;
  __u32 device; /* of at.dentry; 0: not looked at yet */
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
  __u64 dentry = search->at.dentry, below = location->below, parent;
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
  location->below = below;
  location->height = height;
  return 0;

candidate:
  location->dentry = dentry;
  location->below = below;
  location->height = height;
  search->found = is_in_store(location);
  if (search->found) return 1;
  parent = READ_ADDRESS(struct dentry, dentry, d_parent);
  if (parent == dentry) goto leave;
  search->at.dentry = parent;
  location->below = dentry;
  location->height = height + 1;
  return 0;

leave:
  /* The directory that the mount sits on takes the place of its root: here, unless part of a file system is mounted. */
  search->at.dentry = dentry;
  if (!is_mount_root(&search->at)) location->height_is_unknown = 1;
  location->height = height;
  search->device = location->below = unknown_zero;
  if (!hop(&search->at)) return 1;
  location->hops++;
  return 0;
}

/* False: no store (or the policy is empty). A global function, as is_in_store. */
__noinline int resolve(struct location *location) {
  if (!location) return 0;
  struct search search = {.location = location};
  location->height = location->hops = location->below = search.device = unknown_zero;
  begin_at(&search.at, location->file);
  if (!search_on(0, &search)) bpf_loop(PW_WALK_DEPTH_MAX, search_on, &search, 0);
  return search.found;
}

#endif

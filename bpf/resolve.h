/* Which store does a file belong to?
 *
 *   1. Walk up. At each directory, and at the file itself: is it an anchor? One bit of `anchor_filter` answers for
 *      nearly all, one of `device_filter` for all of a file system, and the name below for most of what lies beside
 *      a store.
 *   2. At an anchor: run the automaton down again over the names between the anchor and the file (descend.h).
 *   3. It ends in a state that says store, none, or "user space decides".
 *
 * Anchors are the deepest existing directories of the policy's literal prefixes, and their parents, so that a
 * store that is created (or replaced) later is found by its name below the parent. Wildcards are only ever
 * matched here, in the kernel, so a directory made a microsecond ago is matched like any other. What left a store, or
 * has a name outside, is an anchor, too: a mark (marks.h).
 *
 * There is no cache of answers: with the filters the walk costs less than a look-up would (one of seven
 * directories is about 30 ns), and what does not exist cannot be stale. */
#ifndef PURPOSEWATCH_RESOLVE_H
#define PURPOSEWATCH_RESOLVE_H

#include "descend.h"
#include "marks.h"

struct height_search {
  struct position at;
  __u64 wanted; /* a dentry */
  __u32 found;
  __u32 reserved;
};

/* Below a mount the wanted one may stand, too: it counts when all mounts are left. */
static long find_step(__u32 index, void *context) {
  struct height_search *search = context;
  search->found = search->at.dentry == search->wanted && !search->at.hops;
  if (search->found) return 1;
  return climb(index, &search->at);
}

/* Sets the height of location->dentry, on a way that leaves `hops` mounts. False when there is no such way: a directory was
 * moved out of its mount. */
static __noinline int measure_height(struct location *location) {
  struct height_search search = {.wanted = location->dentry};
  start_at(&search.at, location->leaf, location->mount, location->hops, PW_WALK_DEPTH_MAX);
  bpf_loop(PW_WALK_DEPTH_MAX, find_step, &search, 0);
  location->height = PW_WALK_DEPTH_MAX - search.at.left;
  return search.found;
}

/* True when the leaf is in a store, by the anchor that location->dentry may be. A global function: verified once and by
 * itself, whatever ways lead here; so all that it is asked stands in the struct, where a kernel address is a number. */
__noinline int is_in_store(struct location *location) {
  if (!location) return 0;
  struct pw_inode_key key = {};
  key_of_inode(&key, READ_ADDRESS(struct dentry, location->dentry, d_inode));
  struct pw_anchor *anchor = table_anchor(location->generation, &key);
  struct pw_mark *mark = anchor ? 0 : bpf_map_lookup_elem(&marks, &key);
  if (!anchor && !mark) return is_perhaps_marked(location);
  if (location->height_is_unknown && !measure_height(location)) return 0;
  if (!anchor) return enter_mark(mark, location);
  struct place place = {.id = anchor->id, .depth = anchor->depth};
  return run_from(&anchor->way[location->way_of & (PW_WAYS - 1)], &place, location);
}

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

/* Goes on at the next mount of the leaf's file system, when the one that was followed so far was a guess. */
static __always_inline int try_other_mount(struct location *location) {
  if (!location->other_mounts) return 0;
  __u64 super = READ_ADDRESS(struct dentry, location->leaf, d_sb);
  __u64 mount = next_mount(super, location->mount);
  if (!mount) return 0;
  location->other_mounts--;
  location->mount = location->at_mount = mount;
  location->hops = 0;
  location->height_is_unknown = 1;
  location->at_dentry = READ_ADDRESS(struct super_block, super, s_root);
  return 1;
}

/* Opened by its handle (open_by_handle_at) while the kernel knew none of its names: then nothing is above it. */
static __always_inline int is_nameless(__u64 dentry) {
  return READ_ADDRESS(struct dentry, dentry, d_parent) == dentry &&
         READ(struct dentry, dentry, d_flags) & DCACHE_DISCONNECTED;
}

/* It is somewhere below the root of its mount, which takes its place. */
static __always_inline void cast_off(struct location *location) {
  location->adrift = PW_BELOW_ITS_MOUNT;
  location->leaf =
      READ_ADDRESS(struct vfsmount, location->mount + bpf_core_field_offset(struct mount, mnt), mnt_root);
  location->at_dentry = location->leaf;
  location->at_mount = location->mount;
  location->device = location->height = 0;
  location->below = 0;
}

/* When that root is in no store: on a file system that holds stores, it may be in each of these. */
static __always_inline int may_be_anywhere(struct location *location) {
  if (!location->adrift) return 0;
  __u64 super = READ_ADDRESS(struct dentry, location->leaf, d_sb);
  if (!may_hold_anchors(location->generation, READ(struct super_block, super, s_dev))) return 0;
  location->adrift = PW_ANYWHERE;
  location->unsure = 1;
  location->height = location->hops = 0;
  location->client_height = -1;
  return 1;
}

/* From the root of a file system to the directory that the mount sits on, which takes the root's place: with its height,
 * unless only part of the file system is mounted. False at the end of the way. A global function, as is_in_store. */
__noinline int leave_mount(struct location *location) {
  if (!location) return 0;
  if (location->at_dentry == location->leaf && !location->adrift && is_nameless(location->leaf)) {
    cast_off(location);
    return 1;
  }
  struct position at = {.dentry = location->at_dentry, .mount = location->at_mount};
  if (!is_mount_root(&at)) location->height_is_unknown = 1;
  location->device = 0;
  location->below = 0;
  if (!hop(&at)) return try_other_mount(location);
  location->at_dentry = at.dentry;
  location->at_mount = at.mount;
  location->hops++;
  return 1;
}

/* From a directory that was no anchor, or not of the leaf, to the one above. As leave_mount. */
__noinline int leave_directory(struct location *location) {
  if (!location) return 0;
  __u64 parent = READ_ADDRESS(struct dentry, location->at_dentry, d_parent);
  if (parent == location->at_dentry) return leave_mount(location);
  location->below = location->at_dentry;
  location->at_dentry = parent;
  location->height++;
  return 1;
}

enum { LEVELS_AT_ONCE = 8 };

/* Goes on with the search: some levels up in registers (one, where each load is a call), fewer when there is a
 * directory that may be an anchor, or a file system ends: the way on leads from its mount. Returns 1 at the end. */
static __noinline long search_on(__u32 index, void *context) {
  struct location *location = *(struct location **)context;
  __u64 dentry = location->at_dentry, below = location->below;
  __u32 height = location->height, of_generation = location->generation, device = location->device;
  if (!device) {
    __u64 super = READ_ADDRESS(struct dentry, dentry, d_sb);
    location->device = device = READ(struct super_block, super, s_dev);
    if (!may_hold_anchors(of_generation, device)) return !leave_mount(location);
  }
  int is_candidate = 0, is_root = 0;
  if (typed_loads) {
    struct dentry *typed = TYPED(struct dentry, dentry);
#pragma clang loop unroll(full)
    for (int level = 0; level < LEVELS_AT_ONCE; level++) {
      is_candidate = may_lead_on(of_generation, device, typed->d_inode->i_ino, below);
      if (is_candidate) break;
      typed = typed->d_parent;
      is_root = (__u64)typed == dentry;
      if (is_root) break;
      below = dentry;
      dentry = (__u64)typed;
      height++;
    }
  } else {
    is_candidate = may_lead_on(of_generation, device, inode_number(dentry), below);
    if (!is_candidate) {
      __u64 parent = READ_ADDRESS(struct dentry, dentry, d_parent);
      is_root = parent == dentry;
      if (!is_root) {
        below = dentry;
        dentry = parent;
        height++;
      }
    }
  }
  location->at_dentry = dentry;
  location->below = below;
  location->height = height;
  if (is_root) return !leave_mount(location);
  if (!is_candidate) return 0;
  location->dentry = dentry;
  if (is_in_store(location)) return 1;
  return !leave_directory(location);
}

/* False: no store (or the policy is empty). A global function, as is_in_store. */
__noinline int resolve(struct location *location) {
  if (!location) return 0;
  location->at_dentry = location->leaf;
  location->at_mount = location->mount;
  if (!search_on(0, &location)) bpf_loop(PW_WALK_DEPTH_MAX, search_on, &location, 0); /* wants a place on the stack */
  return location->store || location->unsure || may_be_anywhere(location);
}

/* --- where an access happens ---------------------------------------------------------------------------- */

/* False without a policy. */
static __always_inline int begin_location(struct location *location, __u64 dentry, __u64 mount) {
  __builtin_memset(location, 0, sizeof(*location));
  location->generation = *(volatile __u32 *)&generation;
  location->leaf = dentry;
  location->mount = mount;
  return location->generation != 0;
}

/* Where a file was opened. */
static __always_inline int begin_at_file(struct location *location, __u64 file) {
  return begin_location(location, READ_ADDRESS(struct file, file, f_path.dentry),
                        mount_of(READ_ADDRESS(struct file, file, f_path.mnt)));
}

/* Where a name is, when the kernel does not say through which mount it was reached. */
static __always_inline int begin_at_dentry(struct location *location, __u64 dentry) {
  __u64 mount = first_mount(READ_ADDRESS(struct dentry, dentry, d_sb));
  if (!mount || !begin_location(location, dentry, mount)) return 0;
  location->other_mounts = PW_OTHER_MOUNTS_MAX;
  return 1;
}

#endif

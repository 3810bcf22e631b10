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
#include "identity.h"

struct location {
  __u64 file;       /* asked of this file, */
  __u32 generation; /* by these tables */
  __u16 store;      /* index + 1; 0: none */
  __u16 unsure;
  __u32 anchor;        /* id */
  __u32 height;        /* components between the anchor and the file */
  __u32 client_height; /* steps up from the file to the component that names the client; -1: none */
  __u32 hops;          /* mounts left on the way to the anchor */
  /* While it is searched: */
  __u64 dentry; /* on the way up, perhaps an anchor's; `height` counts from here as long as no mount was left */
  __u64 named;  /* the dentry that bears its name: where a mount begins, the one it sits on */
  __u64 spared; /* the dentry above that one, when it need not be asked; 0: it must */
};

/* The automaton's run down from an anchor. */
struct run {
  struct location *location;
  struct pw_target end;
  __u32 height; /* of the component that was read last */
};

enum { NEAR = 8 };

/* The name at `height` above the file. */
static __noinline int name_at(struct qstr *name, struct run *run, __u32 height) {
  __u64 dentry = READ_ADDRESS(struct file, run->location->file, f_path.dentry);
  if (typed_loads && !run->location->hops && height <= NEAR) {
    struct dentry *typed = TYPED(struct dentry, dentry);
#pragma clang loop unroll(full)
    for (__u32 level = 0; level < NEAR; level++)
      if (level < height) typed = typed->d_parent;
    dentry = (__u64)typed;
  } else {
    struct position at;
    start_at(&at, run->location->file, run->location->hops);
    if (height) bpf_loop(height, step_up, &at, 0);
    dentry = at.dentry;
  }
  *name = READ(struct dentry, dentry, d_name);
  return 0;
}

/* One component down. */
static __noinline long run_down(__u32 index, void *context) {
  struct run *run = context;
  __u32 of_generation = run->location->generation;
  if (!run->height || (run->end.flags & PW_STATE_FINAL)) return 1;
  struct pw_state *state = table_state(of_generation, run->end.state);
  if (!state) return 1;
  run->height--;
  if (state->flags & (PW_STATE_HAS_LITERALS | PW_STATE_HAS_GLOBS)) {
    struct qstr name;
    name_at(&name, run, run->height);
    step_down(of_generation, &run->end, state, (__u64)name.name, name.len);
  } else {
    enter(of_generation, &run->end, state->otherwise);
  }
  return run->end.state == 0;
}

/* Runs the automaton from an anchor at location->height; true when it ends in a store, or unsure. */
static __always_inline int run_from(struct pw_anchor *anchor, struct location *location) {
  if (location->height < anchor->skip) return 0;
  struct run run = {.location = location, .height = location->height - anchor->skip};
  run.end.state = anchor->state;
  if (!run.height || anchor->names == PW_ANY_NAME) {
    enter(location->generation, &run.end, anchor->state);
  } else {
    struct qstr name;
    name_at(&name, &run, --run.height);
    if (!may_have_name(anchor->names, (__u64)name.name, name.len)) return 0;
    if (!step_by_literal(location->generation, &run.end, (__u64)name.name, name.len)) return 0;
  }
  if (run.height && !(run.end.flags & PW_STATE_FINAL)) bpf_loop(PW_PATTERN_DEPTH_MAX, run_down, &run, 0);
  if (!run.end.state) return 0;
  if (!run.end.store && !(run.end.flags & PW_STATE_UNSURE)) return 0;
  location->store = run.end.store;
  location->unsure = (run.end.flags & PW_STATE_UNSURE) != 0;
  location->anchor = anchor->id;
  location->client_height = -1;
  /* The client is component number client_depth of the pattern, and the anchor stands for the first `depth`. */
  if (run.end.client_depth > anchor->depth && run.end.client_depth - anchor->depth <= location->height)
    location->client_height = location->height - (run.end.client_depth - anchor->depth);
  return 1;
}

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
  if (location->dentry == location->spared && below == location->named) pass_on(location);
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

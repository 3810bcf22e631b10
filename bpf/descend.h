/* From an anchor down to the file: the automaton over the names between them. */
#ifndef PURPOSEWATCH_DESCEND_H
#define PURPOSEWATCH_DESCEND_H

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
  __u64 dentry;        /* the anchor's; `height` counts from here */
  __u64 below;         /* the dentry under that one on the way; 0: none, or not known */
  __u32 height_is_unknown;
  __u32 reserved;
};

/* The automaton's run down from an anchor. */
struct run {
  struct location *location;
  struct pw_target end;
  __u32 height; /* of the component that was read last */
};

enum { NEAR = 8 }; /* steps up that are taken without a loop */

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
    run.height--;
    if (location->below && !anchor->skip)
      name = READ(struct dentry, location->below, d_name);
    else
      name_at(&name, &run, run.height);
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

#endif

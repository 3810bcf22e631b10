/* From an anchor down to the leaf: the automaton over the names between them. */
#ifndef PURPOSEWATCH_DESCEND_H
#define PURPOSEWATCH_DESCEND_H

#include "lookups.h"
#include "automaton.h"
#include "walk.h"

/* Of a leaf that has no name. */
enum adrift { PW_NOT_ADRIFT, PW_BELOW_ITS_MOUNT, PW_ANYWHERE };

struct location {
  __u64 leaf;       /* asked of this dentry, */
  __u64 mount;      /* under this mount; it is the leaf's own, or the first that leads into a store, */
  __u32 generation; /* by these tables */
  __u16 store;      /* index + 1; 0: none */
  __u16 unsure;     /* user space decides */
  __u32 state;      /* where the automaton ended: without a store, a directory from which a way leads into one, */
  __u16 skip;       /* after so many components more, whatever these are; */
  __u16 depth;      /* components of the anchor's path */
  __u32 between_height; /* then of the leaf, above the anchor that knows it, */
  __u16 between_hops;   /* and so many mounts are left on that way */
  __u16 other_mounts;  /* mounts that may be tried in place of `mount`, which is a guess; 0: it is none */
  __u32 anchor;     /* id */
  __u32 height;        /* components between the anchor and the leaf */
  __u32 client_height; /* steps up from the leaf to the component that names the client; -1: none */
  __u32 hops;          /* mounts left on the way to the anchor */
  __u64 dentry;        /* the anchor's; `height` counts from here */
  __u64 below;         /* the dentry under that one on the way; 0: none, or not known */
  __u8 height_is_unknown;
  __u8 adrift; /* enum adrift */
  __u16 is_marked; /* the anchor is a mark (marks.h) */
  __u16 way_of;    /* what is looked for: pw_way_of */
  __u16 reserved;

  __u32 device;        /* while it is looked for: of at_dentry; 0: not looked at yet */
  __u64 at_dentry;     /* where the search stands, */
  __u64 at_mount;      /* in this mount */
};

/* The automaton's run down from an anchor. */
struct run {
  struct location *location;
  struct pw_target end;
  __u32 height; /* of the component that was read last */
};

/* A name on the way, by its address. */
struct component {
  __u64 name;
  __u32 length;
  __u32 reserved;
};

static __always_inline void name_of(struct component *component, __u64 dentry) {
  component->name = read_word(dentry + bpf_core_field_offset(struct dentry, d_name.name));
  component->length = READ(struct dentry, dentry, d_name.len);
}

enum { NEAR = 8 }; /* steps up that are taken without a loop */

/* The dentry at `height` above the leaf, on a way that leaves `hops` mounts. */
static __always_inline __u64 dentry_at(const struct location *location, __u32 height) {
  if (typed_loads && !location->hops && height <= NEAR) {
    struct dentry *typed = TYPED(struct dentry, location->leaf);
#pragma clang loop unroll(full)
    for (__u32 level = 0; level < NEAR; level++)
      if (level < height) typed = typed->d_parent;
    return (__u64)typed;
  }
  struct position at;
  start_at(&at, location->leaf, location->mount, location->hops, height);
  bpf_loop(way_length(&at), climb, &at, 0);
  return at.dentry;
}

/* The name at `height` above the leaf. A global function, as is_in_store. */
__noinline int name_at(struct component *component, struct location *location, __u32 height) {
  if (!component || !location) return 0;
  name_of(component, dentry_at(location, height));
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
    struct component component;
    name_at(&component, run->location, run->height);
    step_down(of_generation, &run->end, state, component.name, component.length);
  } else {
    enter(of_generation, &run->end, state->otherwise);
  }
  return run->end.state == 0;
}

/* Which anchor a run starts from. */
struct place {
  __u32 id;
  __u32 depth;
};

/* Remembers where a way ended that has reached no store yet: for a directory that is about to be moved, with all that is
 * below. The anchor that is met first knows every pattern that leads here. */
static __always_inline void end_between(struct location *location, const struct place *place, __u32 state, __u32 skip) {
  if (location->state) return;
  location->state = state;
  location->skip = skip;
  location->anchor = place->id;
  location->depth = place->depth;
  location->between_height = location->height;
  location->between_hops = location->hops;
}

/* Runs the automaton from an anchor at location->height; true when it ends in a store, or unsure. */
static __always_inline int run_from(const struct pw_way *way, const struct place *place, struct location *location) {
  if (location->height < way->skip) {
    end_between(location, place, way->state, way->skip - location->height);
    return 0;
  }
  struct run run = {.location = location, .height = location->height - way->skip};
  run.end.state = way->state;
  if (!run.height || way->names == PW_ANY_NAME) {
    enter(location->generation, &run.end, way->state);
  } else {
    struct component component;
    run.height--;
    if (location->below && !way->skip)
      name_of(&component, location->below);
    else
      name_at(&component, location, run.height);
    if (!may_have_name(way->names, component.name, component.length)) return 0;
    if (!step_by_literal(location->generation, &run.end, component.name, component.length)) return 0;
  }
  if (run.height && !(run.end.flags & PW_STATE_FINAL)) bpf_loop(PW_PATTERN_DEPTH_MAX, run_down, &run, 0);
  if (!run.end.state) return 0;
  if (!run.end.store && !(run.end.flags & PW_STATE_UNSURE)) {
    end_between(location, place, run.end.state, 0);
    return 0;
  }
  location->state = run.end.state;
  location->skip = 0;
  location->depth = place->depth;
  location->store = run.end.store;
  location->unsure = (run.end.flags & PW_STATE_UNSURE) != 0;
  location->anchor = place->id;
  location->client_height = -1;
  /* The client is component number client_depth of the pattern, and the anchor stands for the first `depth`. */
  if (run.end.client_depth > place->depth && run.end.client_depth - place->depth <= location->height)
    location->client_height = location->height - (run.end.client_depth - place->depth);
  return 1;
}

#endif

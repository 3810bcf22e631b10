/* The decision: which kinds of access does the policy leave to user space?
 *
 * Plain C over look-ups (table_candidates, table_service, table_units, table_origin, table_permit,
 * window_is_open, count_permitted) and
 * `repeat` (bounded loop, bpf_loop in the kernel: an open-coded one multiplies the verifier's work), so that the
 * tests run this very code against `judge` on a host: they bring these over the same tables.
 * Rule of the house: never permit what judge would not. What is unknown stays in the result. */
#ifndef PURPOSEWATCH_DECIDE_H
#define PURPOSEWATCH_DECIDE_H

#include "abi.h"

struct unit_search {
  const struct pw_units *units;
  __u32 unit;
  __u32 found;
};

static long compare_unit(__u32 index, void *context) {
  struct unit_search *search = context;
  if (index >= search->units->count) return 1;
  search->found = search->units->unit[index & (PW_UNITS_PER_CGROUP - 1)] == search->unit;
  return search->found;
}

static __always_inline int unit_matches(const struct pw_units *units, __u32 unit) {
  struct unit_search search = {.units = units, .unit = unit};
  repeat(PW_UNITS_PER_CGROUP, compare_unit, &search);
  return search.found;
}

static __always_inline int has_origin(__u32 of_generation, __u16 service, enum pw_role role, __u32 program) {
  struct pw_origin_key key = {.service = service, .role = role, .program = program};
  return program && table_origin(of_generation, &key);
}

struct parent_search {
  const struct pw_task *task;
  __u32 generation;
  __u32 service;
  __u32 found;
  __u32 reserved;
};

static long compare_parent(__u32 index, void *context) {
  struct parent_search *search = context;
  __u32 program = search->task->lineage[index & (PW_LINEAGE_MAX - 1)];
  search->found = has_origin(search->generation, search->service, PW_AS_PARENT, program);
  return search->found || !program;
}

static __always_inline int has_parent(const struct pw_task *task, __u32 of_generation, __u16 service) {
  struct parent_search search = {.task = task, .generation = of_generation, .service = service};
  repeat(PW_LINEAGE_MAX, compare_parent, &search);
  return search.found;
}

struct identification {
  struct pw_task *task;
  struct pw_candidates *candidates;
  struct pw_units *units; /* null: user space has not seen this cgroup yet */
  __u32 generation;
  __u32 count;
};

static long consider_candidate(__u32 index, void *context) {
  struct identification *who = context;
  struct pw_task *task = who->task;
  if (index >= who->candidates->count) return 1;
  __u16 number = who->candidates->service[index & (PW_SERVICES_PER_TASK - 1)];
  struct pw_service *service = table_service(who->generation, number);
  if (!service || (service->flags & PW_SERVICE_UNDECIDABLE)) {
    task->unsure = 1;
    return 0;
  }
  if ((service->flags & PW_SERVICE_NEEDS_USER) && service->user != task->euid) return 0;
  if ((service->flags & PW_SERVICE_NEEDS_GROUP) && service->group != task->egid) return 0;
  if (service->flags & PW_SERVICE_NEEDS_UNIT) {
    if (!who->units) {
      task->unsure = 1;
      return 0;
    }
    if (!unit_matches(who->units, service->unit)) return 0;
  }
  if (service->flags & PW_SERVICE_NEEDS_SCRIPT && !has_origin(who->generation, number, PW_AS_SCRIPT, task->script))
    return 0;
  if (service->flags & PW_SERVICE_NEEDS_PARENT && !has_parent(task, who->generation, number)) return 0;
  task->service[who->count & (PW_SERVICES_PER_TASK - 1)] = number;
  if (service->flags & PW_SERVICE_NEEDS_OWNER) task->owners |= 1U << (who->count & (PW_SERVICES_PER_TASK - 1));
  who->count++;
  return 0;
}

struct judgement {
  __u32 generation;
  __u32 euid, egid;
  __u32 owner;
  __u32 kinds; /* not yet permitted */
  __u16 store;
  __u16 reserved;
};

/* Which services the task is (none, once it was tampered with), apart from the owner rule, which depends on the file: into its cache. */
static __always_inline void identify_services(struct pw_task *task, const struct judgement *judgement, __u64 cgroup) {
  __u32 of_generation = judgement->generation;
  task->generation = of_generation;
  task->euid = judgement->euid;
  task->egid = judgement->egid;
  task->cgroup = cgroup;
  task->services = 0;
  task->owners = 0;
  task->memo_store = 0;
  task->unsure = 0;
  if (task->tampering) return;

  struct identification who = {.task = task, .generation = of_generation};
  who.count = unknown_zero;
  who.candidates = table_candidates(of_generation, task->program);
  if (!who.candidates) who.candidates = table_candidates(of_generation, 0); /* a program of older rules only */
  if (!who.candidates) {
    task->unsure = 1;
  } else {
    if (who.candidates->overflow) task->unsure = 1;
    who.units = table_units(of_generation, cgroup);
    repeat(PW_SERVICES_PER_TASK, consider_candidate, &who);
    task->services = who.count;
  }
  if (task->unsure) task->generation = 0; /* ask again next time: what is unknown now may be known then */
}

struct permission {
  struct judgement *judgement;
  struct pw_task *task; /* null: nothing is known of it */
};

struct kind_count {
  const struct pw_permit *permit;
  __u32 kinds; /* not yet counted */
  __u32 reserved;
};

/* The lowest bit of a set of at most 16: the number of bits below it. Without branches, each of which would double
 * the verifier's work. */
static __always_inline __u32 first_kind(__u32 kinds) {
  __u32 below = (kinds & -kinds) - 1;
  below = below - ((below >> 1) & 0x5555);
  below = (below & 0x3333) + ((below >> 2) & 0x3333);
  below = (below + (below >> 4)) & 0x0f0f;
  return (below + (below >> 8)) & 0x1f;
}

static long count_kind(__u32 index, void *context) {
  (void)index;
  struct kind_count *count = context;
  __u32 kind = first_kind(count->kinds);
  if (kind < PW_KINDS) count_permitted(count->permit->counter[kind]);
  count->kinds &= count->kinds - 1;
  return !count->kinds;
}

/* Only where no file's owner can make another service the first that may, and no hour ends it. */
static __always_inline void remember(struct pw_task *task, __u16 store, const struct pw_permit *permit, __u32 kinds) {
  __u32 kind = first_kind(kinds);
  if (!task || kinds & permit->timed || task->owners || kinds & (kinds - 1) || kind >= PW_KINDS) return;
  task->memo_store = store + 1;
  task->memo_kinds = kinds;
  task->memo_slot = permit->counter[kind];
}

/* Takes out the kinds that the service is permitted, and counts them. */
static __always_inline void apply_permit(struct permission *permission, __u16 service) {
  struct judgement *judgement = permission->judgement;
  struct pw_permit_key key = {.service = service, .store = judgement->store};
  struct pw_permit *permit = table_permit(judgement->generation, &key);
  if (!permit) return;
  struct kind_count count = {.permit = permit, .kinds = judgement->kinds & permit->kinds};
  if (count.kinds & permit->timed && !window_is_open(judgement->generation, permit->window)) count.kinds &= ~permit->timed;
  judgement->kinds &= ~count.kinds;
  if (!count.kinds) return;
  remember(permission->task, judgement->store, permit, count.kinds);
  repeat(PW_KINDS, count_kind, &count);
}

static long apply_service(__u32 index, void *context) {
  struct permission *permission = context;
  struct judgement *judgement = permission->judgement;
  struct pw_task *task = permission->task;
  if (index >= task->services || !judgement->kinds) return 1;
  if ((task->owners >> (index & 15)) & 1 && (!judgement->euid || judgement->owner != judgement->euid))
    return 0; /* root owns as the system, never as a client */
  apply_permit(permission, task->service[index & (PW_SERVICES_PER_TASK - 1)]);
  return index + 1 >= task->services || !judgement->kinds;
}

/* Leaves in judgement->kinds those that no table permits; the permitted ones are counted. `task` may be null: then
 * nothing is known of it. euid, egid and owner are ids in the initial user namespace. A global function, as is_in_store. */
__noinline int decide(struct judgement *judgement, struct pw_task *task, __u64 cgroup) {
  if (!judgement) return 0;
  struct permission permission = {.judgement = judgement, .task = task};
  if (task) {
    if (task->generation != judgement->generation || task->euid != judgement->euid || task->egid != judgement->egid ||
        task->cgroup != cgroup)
      identify_services(task, judgement, cgroup);
    if (task->memo_store == judgement->store + 1 && task->memo_kinds == judgement->kinds) {
      count_permitted(task->memo_slot);
      judgement->kinds = 0;
      return 0;
    }
    repeat(PW_SERVICES_PER_TASK, apply_service, &permission);
  }
  if (judgement->kinds) apply_permit(&permission, PW_ANYONE);
  return 0;
}

#endif

/* Names, attributes and lengths, on kernels that refuse LSM and fentry programs and are 6.13 or newer: whatever changes them
 * sets the ctime of the inodes that it touches, at one of three tracepoints, in the caller's context. What it does, the
 * number of the call tells; the inodes are the kernel's own, never looked up by a name.
 *
 * on_change_call stands at the results of the calls that change something, and of no others; on_any_call at those of
 * all, for 32-bit programs, as on_sys_exit does. */
#ifndef PURPOSEWATCH_CTIME_HOOKS_H
#define PURPOSEWATCH_CTIME_HOOKS_H

#include "open_calls.h"
#include "touched.h"
#include "uring_types.h"

/* --- while the call runs ---------------------------------------------------------------------------------- */

static __always_inline void start_over(struct touched *touched, __u64 call) {
  touched->call = call;
  touched->told = touched->inode = touched->directory = 0;
  touched->is_deleted = touched->ghosts = 0;
}

/* Of two inodes that are touched one after the other, in either order, the one that is below the other is deleted. Like
 * touch_changed, returns the name to tell of; 0: none. */
static __always_inline __u64 touch_deleted(struct touched *touched, __u64 inode) {
  __u64 before = touched->directory;
  if (touched->is_deleted || before == inode) return 0;
  touched->directory = inode;
  if (!before) return 0;
  __u64 deleted = inode, name = name_in(inode, before);
  if (!name) {
    deleted = before;
    name = name_in(before, inode);
  }
  if (!name) return 0;
  touched->is_deleted = 1;
  touched->inode = deleted;
  key_of_inode(&touched->deleted, deleted);
  return name;
}

/* A new inode has no name yet. */
static __always_inline void touch_made(struct touched *touched, __u64 inode) {
  if (!first_name(inode))
    touched->inode = inode;
  else if (is_directory(inode))
    touched->directory = inode;
}

static __always_inline void touch_linked(struct touched *touched, __u64 inode) {
  if (is_directory(inode))
    touched->directory = inode;
  else if (first_name(inode))
    touched->inode = inode;
}

static __always_inline __u64 touch_changed(struct touched *touched, __u64 inode) {
  if (touched->told == inode) return 0;
  touched->told = inode;
  return first_name(inode);
}

/* What the current task is about; OP_NONE of most. */
static __always_inline enum operation current_operation(struct task_struct *current, __u64 call) {
  if (current->flags & PF_KTHREAD) return OP_NONE;
  return operation_of_call((__u32)call, (call & CALL_OF_32_BITS) != 0);
}

static __always_inline int changes_something(void) {
  struct task_struct *current = bpf_get_current_task_btf();
  if (current->flags & PF_IO_WORKER) return request_of(current) != 0;
  return current_operation(current, call_of(current)) != OP_NONE;
}

/* True when there is a change to tell of at once. */
static __always_inline int touch_for(struct touched *touched, enum operation operation, __u64 inode, struct change *change) {
  if (operation == OP_RENAME) remember_names(touched, inode);
  if (operation == OP_LINK) touch_linked(touched, inode);
  if (operation == OP_MAKE) touch_made(touched, inode);
  change->dentry = 0;
  if (operation == OP_DELETE) {
    change->dentry = touch_deleted(touched, inode);
    change->kinds = 1U << PW_DELETE;
  } else if (operation == OP_ATTR || operation == OP_LENGTH) {
    change->dentry = touch_changed(touched, inode);
    change->kinds = operation == OP_ATTR ? 1U << PW_ATTR : 1U << PW_WRITE;
  }
  return change->dentry != 0;
}

/* Of a request whose end shows nowhere: what it does is told at once, by the name that there is, and as if all of it left the
 * store: of a rename also the directories, any of which may be what is renamed; of what is made, the one where it is. */
static __always_inline int touch_unended(enum operation operation, __u64 inode, struct change *change) {
  int is_wanted = operation == OP_RENAME || (is_directory(inode) != 0) == (operation == OP_MAKE);
  change->dentry = is_wanted ? first_name(inode) : 0;
  change->kinds = operation == OP_RENAME ? 1U << PW_RENAME : 1U << PW_CREATE;
  change->leaving = operation != OP_MAKE ? inode : 0;
  return change->dentry != 0;
}

static __always_inline int is_told_at_its_end(enum operation operation) {
  return operation == OP_RENAME || operation == OP_LINK || operation == OP_MAKE;
}

/* As touch. */
static __always_inline int touch_by_request(struct task_struct *current, __u64 inode, struct change *change) {
  __u64 request = request_of(current);
  enum operation operation = operation_of_request(READ(struct io_kiocb, request, opcode));
  if (!operation) return 0;
  int has_end = !(READ(struct io_kiocb, request, flags) & REQ_F_CQE_SKIP);
  struct touched *touched = bpf_map_lookup_elem(&touched_by_request, &request);
  if (!touched && has_end) {
    bpf_map_update_elem(&touched_by_request, &request, (const void *)&nothing_touched, BPF_NOEXIST);
    touched = bpf_map_lookup_elem(&touched_by_request, &request);
  }
  if (touched) return touch_for(touched, operation, inode, change);
  if (is_told_at_its_end(operation)) return touch_unended(operation, inode, change);
  change->dentry = operation == OP_DELETE && is_directory(inode) ? 0 : first_name(inode);
  change->kinds = operation == OP_DELETE ? 1U << PW_DELETE : operation == OP_ATTR ? 1U << PW_ATTR : 1U << PW_WRITE;
  return change->dentry != 0;
}

/* True when there is a change to tell of at once. A global function, as is_in_store; so the rest, which is deep, is not in
 * it. */
__noinline int touch(__u64 *touched_inode, struct change *change) {
  if (!touched_inode || !change) return 0;
  __u64 inode = *touched_inode;
  struct task_struct *current = bpf_get_current_task_btf();
  if (current->flags & PF_IO_WORKER) return touch_by_request(current, inode, change);
  __u64 call = call_of(current);
  struct touched *touched = bpf_task_storage_get(&touched_by_task, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!touched) {
    count_unknown();
    return 0;
  }
  if (touched->call != call) start_over(touched, call);
  return touch_for(touched, current_operation(current, call), inode, change);
}

#define PW_CTIME_HOOK(hook, number)                                             \
  SEC("tp_btf/" #hook)                                                        \
  int on_##hook(unsigned long long *ctx) {                                    \
    if (!fires(number)) return 0;                                               \
    __u64 inode = ctx[0];                                                     \
    struct change change = {};                                                \
    if (changes_something() && touch(&inode, &change)) observe_change(&change); \
    return 0;                                                                 \
  }

PW_CTIME_HOOK(ctime_ns_xchg, PW_HOOK_CTIME_NS_XCHG)             /* it became later, */
PW_CTIME_HOOK(ctime_xchg_skip, PW_HOOK_CTIME_XCHG_SKIP)         /* or was this late already; */
PW_CTIME_HOOK(inode_set_ctime_to_ts, PW_HOOK_INODE_SET_CTIME_TO_TS) /* of file systems with a coarse clock */

/* --- when it has ended ------------------------------------------------------------------------------------ */

/* What was renamed, if this ghost's origin was. A global function, as is_in_store; so the rest, which is deep, is not in it. */
__noinline int find_renamed(struct touched *touched, __u32 number, struct naming *naming) {
  if (!touched || !naming || number >= GHOSTS_MAX) return 0;
  struct ghost *ghost = &touched->ghost[number];
  if (!has_moved(ghost)) return 0;
  naming->from = (__u64)ghost->dentry;
  naming->to = place_of(touched, ghost->origin);
  __u32 replaced = replaced_by(touched, ghost);
  naming->replaces = replaced != 0;
  if (replaced && replaced <= GHOSTS_MAX) naming->owner = touched->ghost[replaced - 1].owner;
  return 1;
}

static __always_inline void tell_renamed(struct touched *touched) {
  struct naming naming = {};
  for (__u32 i = 0; i < GHOSTS_MAX && i < touched->ghosts; i++)
    if (find_renamed(touched, i, &naming)) observe_naming(&naming, PW_RENAME);
}

static __always_inline void tell_linked(struct touched *touched) {
  __u64 inode = touched->inode, name = name_in(inode, touched->directory), other = first_name(inode);
  if (other == name) other = next_name(other);
  if (!name || !other) return;
  struct naming naming = {.from = other, .to = place_of(touched, name)};
  observe_naming(&naming, PW_CREATE);
}

static __always_inline void tell_made(const struct touched *touched) {
  __u64 name = name_in(touched->inode, touched->directory);
  struct change change = {.dentry = name, .kinds = 1U << PW_CREATE};
  if (name) observe_change(&change);
}

/* The last name is gone, and nobody has it open: then it is no mark any more. */
static __always_inline void forget_deleted(const struct touched *touched) {
  struct pw_inode_key key = touched->deleted;
  if (!may_lead_on(generation, key.device, key.inode, 0)) return;
  __u64 inode = touched->inode;
  if (READ(struct inode, inode, i_nlink) || READ(struct inode, inode, i_count.counter)) return;
  if (READ(struct inode, inode, i_ino) == key.inode) unmark_inode(&key);
}

static __always_inline void end_operation(struct touched *touched, enum operation operation) {
  if (operation == OP_DELETE && touched->is_deleted) forget_deleted(touched);
  if (operation == OP_LINK && touched->inode && touched->directory) tell_linked(touched);
  if (operation == OP_MAKE && touched->inode && touched->directory) tell_made(touched);
  if (operation == OP_RENAME) tell_renamed(touched);
}

/* The call of the current task has returned. */
static __always_inline void end_call(struct task_struct *current, enum operation operation, long result) {
  struct touched *touched = bpf_task_storage_get(&touched_by_task, current, 0, 0);
  if (!touched) return;
  if (result >= 0 && touched->call == call_of(current)) end_operation(touched, operation);
  start_over(touched, NO_CALL);
}

/* Attached to each of the calls that agent/kernel/system_calls.cc lists; their records are as those of on_open_call. */
SEC("tracepoint")
int on_change_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_CHANGE_CALL)) return 0;
  end_call(bpf_get_current_task_btf(), operation_of_call(ctx->call, 0), ctx->result);
  return 0;
}

SEC("tp_btf/sys_exit")
int on_any_call(unsigned long long *ctx) {
  struct task_struct *current = bpf_get_current_task_btf();
  if (open_calls_are_traced && !(current->thread_info.status & TS_COMPAT)) return 0;
  enum operation operation = current_operation(current, call_of(current));
  if (!operation) return 0;
  if (!fires(PW_HOOK_ANY_CALL)) return 0;
  end_call(current, operation, ctx[1]);
  return 0;
}

/* (ring, request, ...), as on_ring_complete. */
SEC("tp_btf/io_uring_complete")
int on_ring_change(unsigned long long *ctx) {
  __u64 request = ctx[1];
  enum operation operation = request ? operation_of_request(READ(struct io_kiocb, request, opcode)) : OP_NONE;
  if (!operation) return 0;
  if (!fires(PW_HOOK_RING_CHANGE)) return 0;
  struct touched *touched = bpf_map_lookup_elem(&touched_by_request, &request);
  if (!touched) return 0;
  if (READ(struct io_kiocb, request, cqe.res) >= 0) end_operation(touched, operation);
  bpf_map_delete_elem(&touched_by_request, &request);
  return 0;
}

#endif

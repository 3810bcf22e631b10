/* A task's workspace: what does not fit the 512 bytes of stack that all frames of a program share. Of the task, not of the
 * CPU: there, another program could overwrite it after a preemption. Made when a task first needs it. */
#ifndef PURPOSEWATCH_WORKSPACE_H
#define PURPOSEWATCH_WORKSPACE_H

#include "record.h"

/* Where a name is, in short. */
struct standing {
  __u64 client; /* the dentry that names it; 0: none */
  __u32 state;  /* as in location: not 0 also for what leads to a store */
  __u16 store;
  __u16 is_known; /* in a store, or user space decides */
};

struct change {
  __u64 dentry;
  __u64 other; /* the second name; 0: none */
  __u64 inode; /* what is put at a name that is new; 0: what the name names already */
  __u64 mount;   /* the dentry's, where that is known: of what is mounted there, or was; 0: not known */
  __u64 leaving; /* an inode that leaves the store, and is marked; 0: none */
  __u32 kinds;
  __u32 has_owner;  /* other than that of the inode: */
  __u32 owner;
  __u32 reserved;
};

struct workspace {
  struct change change;
  struct location location;
  struct access access;
  struct standing before, after;
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct workspace);
} workspaces PW_MAP;

/* What cannot be looked at, since memory is short. */
static __always_inline void count_unknown(void) {
  __sync_fetch_and_add(&stats()->seen, 1);
  __sync_fetch_and_add(&stats()->lost, 1);
}

/* Null when memory is short: then it is counted as seen, and lost. */
static __always_inline struct workspace *workspace_of(struct task_struct *current) {
  struct workspace *workspace = bpf_task_storage_get(&workspaces, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!workspace) count_unknown();
  return workspace;
}

#endif

/* A task's workspace: what does not fit the 512 bytes of stack that all frames of a program share. Of the task, not of the
 * CPU: there, another program could overwrite it after a preemption. Made when a task first needs it. */
#ifndef PURPOSEWATCH_WORKSPACE_H
#define PURPOSEWATCH_WORKSPACE_H

#include "held_stores.h"
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

struct request {
  struct pw_port_key to;
  struct pw_address from;
  __u64 subject;
  __u64 now;
  __u32 generation;
  __u32 store; /* index; PW_NO_STORE: user space looks which socket answers there */
  __u32 is_local;
  __u32 folds; /* others may be counted with it */
};

/* Opened for writing again by the same process, a file is not told again, unless more is carried. */
struct copy {
  struct pw_inode_key file;
  __u64 carried; /* mixed */
};

/* A way out of whoever carries client data (outlets.h). */
struct outlet {
  struct who who;
  __u64 subject;
  __u64 now;
  struct request request;
  struct copy copy;
  struct pw_address address;
  __u64 named;    /* a unix socket with a name */
  __u64 left_out; /* the name of a store's socket, as it lies in the kernel, which is no way out; 0: none */
  __u32 port;
  __u32 protocol;
  __u32 flags; /* pw_outlet_flags */
  __u16 folds; /* others may be counted with it */
  __u16 pressure; /* on the ring (folds.h) */
  __u64 sequence; /* of its record */
  struct pw_carried carried;
};

struct workspace {
  struct change change;
  struct location location;
  struct access access;
  struct standing before, after;
  struct outlet outlet;
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

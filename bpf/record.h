/* Records: what goes up the ring. Names are written from the last to the first, since the way leads up; what does
 * not fit is the head. */
#ifndef PURPOSEWATCH_RECORD_H
#define PURPOSEWATCH_RECORD_H

#include "identity.h"
#include "resolve.h"

/* A path that is written backwards into `bytes`, which has `capacity` bytes and PW_SLACK behind them. */
struct path_writer {
  struct position at;
  char *bytes;
  __u32 offset; /* of the first byte written so far */
  __u32 full;
};

/* Puts "/name" before what is there. Returns 1 when it does not fit. `capacity` is a constant power of two, so
 * that the mask both bounds the offset for the verifier and changes nothing. */
static __always_inline int put_name(struct path_writer *writer, __u32 capacity, const unsigned char *name,
                                    __u32 length) {
  if (length > PW_NAME_MAX || length + 1 > writer->offset) {
    writer->full = 1;
    return 1;
  }
  __u32 offset = (writer->offset - length - 1) & (capacity - 1);
  writer->bytes[offset] = '/';
  bpf_probe_read_kernel(writer->bytes + offset + 1, length & PW_NAME_MAX, name);
  writer->offset = offset;
  return 0;
}

#define PW_PATH_STEP(function, capacity)                                               \
  static long function(__u32 index, void *context) {                                   \
    struct path_writer *writer = context;                                              \
    __u64 parent = READ_ADDRESS(struct dentry, writer->at.dentry, d_parent);           \
    if (parent == writer->at.dentry) return 1; /* the root has no name */              \
    struct qstr name = READ(struct dentry, writer->at.dentry, d_name);                 \
    if (put_name(writer, capacity, name.name, name.len)) return 1;                     \
    writer->at.dentry = parent;                                                        \
    settle(&writer->at);                                                               \
    return 0;                                                                          \
  }

PW_PATH_STEP(put_step_small, PW_PATH_SMALL)
PW_PATH_STEP(put_step_large, PW_PATH_LARGE)
PW_PATH_STEP(put_step_exe, PW_EXE_PATH)
PW_PATH_STEP(put_step_ancestor, PW_ANCESTOR_EXE_PATH)

struct length_sum {
  struct position at;
  __u32 bytes;
  __u32 reserved;
};

static long add_length(__u32 index, void *context) {
  struct length_sum *sum = context;
  struct qstr name = READ(struct dentry, sum->at.dentry, d_name);
  sum->bytes += name.len + 1;
  return step_up(index, &sum->at);
}

/* CLOCK_BOOTTIME: goes on in suspend, and nobody can set it. */
static __always_inline void head(struct pw_record *record, __u16 type, __u32 size, __u64 subject, __u64 now) {
  record->version = PW_ABI_VERSION;
  record->type = type;
  record->size = size;
  record->boot_ns = now;
  record->subject = subject;
}

/* A wake-up costs more than a whole record. So at most one per CPU and interval; user space, once woken, looks
 * again by itself until nothing comes for longer than that. */
static __always_inline __u64 wake_flag(__u64 now) {
  struct pw_cpu_stats *mine = stats();
  if (now - mine->woken_ns < wake_interval_ns) return BPF_RB_NO_WAKEUP;
  mine->woken_ns = now;
  return BPF_RB_FORCE_WAKEUP;
}

struct ancestry {
  struct pw_process_record *record;
  struct path_writer *writer;
  __u64 task;
};

static long describe_ancestor(__u32 index, void *context) {
  struct ancestry *chain = context;
  __u64 parent = READ_ADDRESS(struct task_struct, chain->task, real_parent);
  if (!parent || parent == chain->task || index >= PW_ANCESTORS_MAX) return 1;
  if (READ(struct task_struct, parent, pid) == 0) return 1; /* the idle task is nobody's actor */
  parent = READ_ADDRESS(struct task_struct, parent, group_leader);
  chain->task = parent;
  struct pw_ancestor *ancestor = &chain->record->ancestor[index & (PW_ANCESTORS_MAX - 1)];
  ancestor->pid = READ(struct task_struct, parent, tgid);
  ancestor->start_boot_ns = READ(struct task_struct, parent, start_boottime);
  bpf_probe_read_kernel(ancestor->comm, sizeof(ancestor->comm),
                        (void *)(parent + bpf_core_field_offset(struct task_struct, comm)));
  chain->writer->bytes = ancestor->exe;
  chain->writer->offset = PW_ANCESTOR_EXE_PATH - unknown_zero;
  __u64 exe = exe_file_of(parent);
  if (exe) {
    start_at(&chain->writer->at, exe, PW_MOUNT_HOPS_MAX);
    bpf_loop(PW_WALK_DEPTH_MAX, put_step_ancestor, chain->writer, 0);
  }
  ancestor->exe_offset = chain->writer->offset;
  chain->record->ancestors = index + 1;
  return 0;
}

static long put_cgroup_step(__u32 index, void *context) {
  struct path_writer *writer = context; /* at.dentry: the kernfs node */
  __u64 node = writer->at.dentry;
  __u64 parent;
  if (bpf_core_field_exists(((struct kernfs_node___6_15 *)0)->__parent))
    parent = READ_ADDRESS(struct kernfs_node___6_15, node, __parent);
  else
    parent = READ_ADDRESS(struct kernfs_node, node, parent);
  if (!parent) {
    writer->at.hops = 0; /* the root: nothing is missing */
    return 1;
  }
  const char *name = READ(struct kernfs_node, node, name);
  /* kernfs keeps no length: read it once, into the slack, to learn it, and once more into its place. */
  long length = bpf_probe_read_kernel_str(writer->bytes + PW_CGROUP_PATH, PW_SLACK, name);
  if (length < 1) return 1;
  if (put_name(writer, PW_CGROUP_PATH, (const unsigned char *)name, length - 1)) return 1;
  writer->at.dentry = parent;
  return 0;
}

/* Ids that, when they change, make a task worth describing again. */
static __always_inline __u64 who_mix(__u32 uid, __u32 euid, __u32 gid, __u32 loginuid, __u64 cgroup) {
  __u64 mix = uid;
  mix = mix * 0x100000001b3ULL ^ euid;
  mix = mix * 0x100000001b3ULL ^ gid;
  mix = mix * 0x100000001b3ULL ^ loginuid;
  return mix * 0x100000001b3ULL ^ cgroup;
}

struct who {
  __u32 uid, euid, gid, loginuid;
  __u64 cgroup_node, cgroup;
};

/* What decides; the rest is looked at when there is something to tell. */
static __always_inline void identify_actor(struct who *who, struct task_struct *current) {
  struct kernfs_node *node = current->cgroups->dfl_cgrp->kn;
  who->euid = current->cred->euid.val;
  who->cgroup_node = (__u64)node;
  who->cgroup = node->id;
}

static __always_inline void identify_person(struct who *who, struct task_struct *current) {
  who->uid = current->cred->uid.val;
  who->gid = current->cred->gid.val;
  who->loginuid = current->loginuid.val;
}

/* Describes the current task under a new number. 0: no room. */
static __noinline __u64 describe(struct task_struct *current, struct pw_task *state, struct who *who, __u64 now) {
  struct pw_process_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  __u64 task = (__u64)current;
  __u64 leader = READ_ADDRESS(struct task_struct, task, group_leader);
  __u64 parent = READ_ADDRESS(struct task_struct, task, real_parent);
  __u64 subject = __sync_fetch_and_add(&last_subject, 1) + 1;
  head(&record->head, PW_RECORD_PROCESS, sizeof(*record), subject, now);
  record->start_boot_ns = READ(struct task_struct, leader, start_boottime);
  record->parent_start_boot_ns = READ(struct task_struct, parent, start_boottime);
  struct pw_inode_key unknown = {};
  record->exe = state ? state->exe : unknown;
  record->program = state ? state->program : 0;
  record->cgroup = who->cgroup;
  record->tgid = READ(struct task_struct, task, tgid);
  record->pid = READ(struct task_struct, task, pid);
  record->ppid = READ(struct task_struct, parent, tgid);
  record->uid = who->uid;
  record->euid = who->euid;
  record->gid = who->gid;
  record->loginuid = who->loginuid;
  record->session = READ(struct task_struct, task, sessionid);
  record->ancestors = 0;
  bpf_get_current_comm(record->comm, sizeof(record->comm));

  struct path_writer writer = {.bytes = record->exe_path, .offset = PW_EXE_PATH - unknown_zero};
  __u64 exe = exe_file_of(task);
  if (exe) {
    start_at(&writer.at, exe, PW_MOUNT_HOPS_MAX);
    bpf_loop(PW_WALK_DEPTH_MAX, put_step_exe, &writer, 0);
  }
  record->exe_offset = writer.offset;

  writer.bytes = record->cgroup_path;
  writer.offset = PW_CGROUP_PATH - unknown_zero;
  writer.at.dentry = who->cgroup_node;
  writer.at.hops = 1 + unknown_zero;
  bpf_loop(PW_CGROUP_DEPTH_MAX, put_cgroup_step, &writer, 0);
  /* The unit is the one nearest to the root: of a path without its head, whoever made the deep end would choose it. */
  record->cgroup_offset = writer.at.hops ? PW_CGROUP_PATH : writer.offset;

  struct ancestry chain = {.record = record, .writer = &writer, .task = leader};
  bpf_loop(PW_ANCESTORS_MAX, describe_ancestor, &chain, 0);
  bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP); /* the access that follows wakes */
  return subject;
}

struct access {
  __u64 file;
  __u64 inode;
  __u64 subject;
  __u64 sequence;
  __u64 now;
  __u32 kinds;
  __u32 owner;
  __u32 generation;
  __u32 path_bytes;
};

static __always_inline void fill_access(struct pw_access_record *record, struct access *access,
                                        struct location *location, __u32 size) {
  __u64 super = READ_ADDRESS(struct inode, access->inode, i_sb);
  head(&record->head, PW_RECORD_ACCESS, size, access->subject, access->now);
  record->sequence = access->sequence;
  record->inode = READ(struct inode, access->inode, i_ino);
  record->device = READ(struct super_block, super, s_dev);
  record->generation = access->generation;
  record->anchor = location->anchor;
  record->owner = access->owner;
  record->mode = READ(struct inode, access->inode, i_mode);
  record->store = location->store - 1;
  record->kinds = access->kinds;
  record->flags = location->unsure ? PW_ACCESS_UNSURE : 0;
  record->client_length = 0;
  bpf_get_current_comm(record->comm, sizeof(record->comm));
}

/* The client's name apart from the path, whose head may be missing. */
static __always_inline void fill_client(struct pw_access_large *record, struct access *access,
                                        struct location *location) {
  if (location->client_height == (__u32)-1) return;
  struct position at;
  start_at(&at, access->file, location->hops);
  if (location->client_height) bpf_loop(location->client_height, step_up, &at, 0);
  struct qstr name = READ(struct dentry, at.dentry, d_name);
  __u32 length = name.len & PW_NAME_MAX;
  bpf_probe_read_kernel(record->client, length, name.name);
  record->access.client_length = length;
}

#define PW_NO_CLIENT(record, access, location)

#define PW_SUBMIT_ACCESS(function, record_type, capacity, step, client)                              \
  static __noinline int function(struct access *access, struct location *location) {         \
    record_type *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);                 \
    if (!record) return 0;                                                                   \
    fill_access(&record->access, access, location, sizeof(*record));                         \
    client(record, access, location);                                                        \
    struct path_writer writer = {.bytes = record->path};                                     \
    writer.offset = access->path_bytes < capacity ? access->path_bytes : capacity - 1;       \
    __u32 end = writer.offset;                                                               \
    start_at(&writer.at, access->file, location->hops);                                      \
    if (location->height) bpf_loop(location->height, step, &writer, 0);                      \
    if (writer.full) record->access.flags |= PW_ACCESS_TRUNCATED;                            \
    record->access.path_offset = writer.offset;                                              \
    record->access.path_length = end - writer.offset;                                        \
    bpf_ringbuf_submit(record, wake_flag(access->now));                                      \
    return 1;                                                                                \
  }

PW_SUBMIT_ACCESS(submit_small, struct pw_access_small, PW_PATH_SMALL, put_step_small, PW_NO_CLIENT)
PW_SUBMIT_ACCESS(submit_large, struct pw_access_large, PW_PATH_LARGE, put_step_large, fill_client)

#endif

/* The one line through the kernel side, whatever the way in:
 *
 *   a name -> store? (resolve) -> who? (identity) -> permitted? (decide: count, done) -> record -> ring
 */
#ifndef PURPOSEWATCH_OBSERVE_H
#define PURPOSEWATCH_OBSERVE_H

#include "lookups.h"
#include "decide.h"
#include "describe.h"
#include "held_stores.h"
#include "tampering.h"
#include "record.h"

/* How a process came to a file. */
enum way {
  PW_OPENED,
  PW_RECEIVED,  /* from another process that had opened it */
  PW_INHERITED, /* from the program that ran in this process before */
  PW_EXECUTED,
};

static __always_inline int is_block_device(__u32 inode_mode) {
  return (inode_mode & S_IFMT) == S_IFBLK;
}

/* The kinds of access that this is. One may be several: O_RDWR reads and writes. */
static __noinline __u32 kinds_of(enum way way, __u64 file, __u32 inode_mode) {
  if (way == PW_EXECUTED) return 1U << PW_EXEC;
  __u32 mode = READ(struct file, file, f_mode);
  __u32 flags = READ(struct file, file, f_flags);
  if (mode & FMODE_PATH) return 0; /* no right to the bytes: its later use is what counts */
  if (flags & FMODE_EXEC_FLAG) return 1U << PW_EXEC;
  if (is_block_device(inode_mode)) return mode & (FMODE_READ | FMODE_WRITE) ? 1U << PW_DEVICE : 0;
  if ((inode_mode & S_IFMT) == S_IFDIR && !(flags & O_TMPFILE_FLAG)) return 1U << PW_LIST;
  if (way == PW_OPENED && (mode & FMODE_CREATED || flags & O_TMPFILE_FLAG)) return 1U << PW_CREATE;
  __u32 kinds = 0;
  if (mode & FMODE_READ) kinds |= 1U << PW_READ;
  if (mode & FMODE_WRITE) kinds |= 1U << PW_WRITE;
  return kinds;
}

static __always_inline void count_seen(__u32 kinds, int lost) {
  struct pw_cpu_stats *mine = stats();
  __u64 accesses = 0; /* an open is at most two kinds, but this holds for any */
  for (__u32 kind = 0; kind < PW_KINDS; kind++) accesses += (kinds >> kind) & 1;
  __sync_fetch_and_add(&mine->seen, accesses);
  if (lost) __sync_fetch_and_add(&mine->lost, accesses);
}

/* Bytes of the path below the anchor. A global function, as is_in_store. */
__noinline int path_bytes(struct location *location) {
  if (!location) return 0;
  struct length_sum sum = {};
  sum.bytes = unknown_zero;
  start_at(&sum.at, location->leaf, location->mount, location->hops, location->height);
  bpf_loop(way_length(&sum.at), add_length, &sum, 0);
  return sum.bytes;
}

/* An access to a store: decided here, or told. A global function, as is_in_store. */
__noinline int judge_access(struct location *location, struct access *access) {
  if (!location || !access) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct who who = {.task = actor_of(current)};
  if (!access->kinds || !who.task) return 0;
  identify_actor(&who, current);
  struct pw_task *state = task_state(current);
  look_for_tampering(current, state);
  if (access->kinds & ~PW_BARE_KINDS) note_held(current, state, location->generation, location->store);
  if (!location->unsure) {
    struct judgement judgement = {.generation = location->generation, .euid = who.euid, .egid = who.egid,
                                  .owner = access->owner, .kinds = access->kinds, .store = location->store - 1};
    decide(&judgement, state, who.cgroup);
    access->kinds = judgement.kinds;
    if (!access->kinds) return 0;
  }
  identify_person(&who);
  access->now = bpf_ktime_get_boot_ns();
  __u64 subject = 0;
  subject_of(&subject, &who, state, access->now);
  access->subject = subject;
  access->path_bytes = path_bytes(location);
  access->sequence = __sync_fetch_and_add(&last_sequence, 1) + 1;
  int delivered = 0;
  if (subject) {
    if (is_told_by_name(access, location))
      delivered = submit_named(access, location);
    else if (access->path_bytes < PW_PATH_SMALL)
      delivered = submit_small(access, location);
    else
      delivered = submit_large(access, location);
  }
  count_seen(access->kinds, !delivered);
  return 0;
}

/* Whose it is to allow: the file's owner's; of a file that is being made, the owner's of the directory. */
static __always_inline __u32 owner_of(__u64 dentry, __u64 inode, __u32 kinds) {
  if (kinds & 1U << PW_CREATE)
    inode = READ_ADDRESS(struct dentry, READ_ADDRESS(struct dentry, dentry, d_parent), d_inode);
  return READ(struct inode, inode, i_uid).val;
}

/* Whose bytes a device holds, user space knows: it follows what is mounted. */
static __always_inline void be_nowhere(struct location *location) {
  location->unsure = 1;
  location->store = location->is_marked = 0;
  location->height = location->hops = 0;
  location->client_height = -1;
}

/* What was done to a file that is in a store, or to a device. A global function, as is_in_store. */
__noinline int judge_file(struct location *location, __u64 *file, enum way way) {
  if (!location || !file) return 0;
  struct access access = {.inode = READ_ADDRESS(struct file, *file, f_inode)};
  access.kinds = kinds_of(way, *file, READ(struct inode, access.inode, i_mode));
  if (is_device(&access)) be_nowhere(location);
  access.owner = owner_of(location->leaf, access.inode, access.kinds);
  return judge_access(location, &access);
}

static __always_inline void observe_at(struct location *location, __u64 file, enum way way) {
  if (!begin_at_file(location, file)) return;
  if (resolve(location) || is_block_device(READ(struct inode, READ_ADDRESS(struct file, file, f_inode), i_mode)))
    judge_file(location, &file, way);
}

static __always_inline void observe(__u64 file, enum way way) {
  struct location location;
  observe_at(&location, file, way);
}

/* An open that failed. */
static __always_inline void count_refused(long result) {
  if (result == -EACCES || result == -EPERM) __sync_fetch_and_add(&stats()->denied, 1);
}

/* From the caller's descriptor table; 0: none. */
static __always_inline __u64 file_of_descriptor(struct task_struct *current, long descriptor) {
  struct fdtable *table = current->files->fdt;
  if (descriptor >= table->max_fds) return 0;
  return read_word((__u64)table->fd + descriptor * sizeof(__u64));
}

#endif

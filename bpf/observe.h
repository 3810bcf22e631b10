/* The one line through the kernel side, whatever the way in:
 *
 *   a name -> store? (resolve) -> who? (identity) -> permitted? (decide: count, done) -> record -> ring
 */
#ifndef PURPOSEWATCH_OBSERVE_H
#define PURPOSEWATCH_OBSERVE_H

#include "lookups.h"
#include "decide.h"
#include "describe.h"
#include "folds.h"
#include "held_stores.h"
#include "protect.h"
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

static __always_inline void count_accesses(__u64 accesses, int lost) {
  struct pw_cpu_stats *mine = stats();
  __sync_fetch_and_add(&mine->seen, accesses);
  if (lost) __sync_fetch_and_add(&mine->lost, accesses);
}

static __always_inline void count_seen(__u32 kinds, int lost) {
  __u64 accesses = 0; /* an open is at most two kinds, but this holds for any */
  for (__u32 kind = 0; kind < PW_KINDS; kind++) accesses += (kinds >> kind) & 1;
  count_accesses(accesses, lost);
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

/* What it is told alike with (folds.h). What user space still has to decide, or needs names for that are not below the anchor, is
 * counted by file alone. */
static __always_inline void fill_fold_key(struct pw_fold_key *key, const struct access *access, const struct location *location) {
  int by_client = access->pressure > CROWDED && !location->unsure && !is_told_by_name(access, location);
  key->subject = access->subject;
  key->what[0] = by_client ? 0 : access->inode;
  key->what[1] = !by_client ? location->leaf : location->client_height == (__u32)-1 ? 0 : dentry_at(location, location->client_height);
  key->what[2] = (__u64)location->store << 32 | location->anchor;
  key->what[3] = (__u64)access->owner << 32 | (access->is_mount << 31) | (location->unsure << 30) |
                 (access->inode ? READ(struct inode, access->inode, i_mode) & S_IFMT : 0);
  key->generation = location->generation;
  key->kinds = access->kinds;
  key->type = PW_RECORD_ACCESS;
}

/* An enum turn; once it has been told, this begins the fold. What has two names is always told. A global function, as is_in_store. */
__noinline int fold_access(struct access *access, struct location *location, __u32 is_told) {
  if (!access || !location || access->other) return TO_TELL;
  struct pw_fold_key key;
  fill_fold_key(&key, access, location);
  if (!is_told) return fold(&key, access->now);
  begin_fold(&key, access->sequence);
  return COUNTED;
}

/* Returns whether there was room. */
static __always_inline int submit_access(struct access *access, struct location *location) {
  access->path_bytes = path_bytes(location);
  access->sequence = next_sequence();
  if (is_told_by_name(access, location)) return submit_named(access, location);
  return access->path_bytes < PW_PATH_SMALL ? submit_small(access, location) : submit_large(access, location);
}

/* True when it is not permitted, as far as the kernel knows: what is left of access->kinds. A global function, as is_in_store. */
__noinline int decide_access(struct access *access, struct location *location) {
  if (!access || !location) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct who who = {.task = actor_of(current)};
  if (!access->kinds || !who.task) return 0;
  identify_actor(&who, current);
  struct pw_task *state = task_state(current);
  look_for_tampering(current, state);
  note_held(current, state, location->generation, location->store, access->kinds);
  if (location->unsure) return 1;
  struct judgement judgement = {.generation = location->generation, .euid = who.euid, .egid = who.egid,
                                .owner = access->owner, .kinds = access->kinds, .store = location->store - 1};
  decide(&judgement, state, who.cgroup);
  access->kinds = judgement.kinds;
  return access->kinds != 0;
}

/* Counts an access with one that was told, or tells it. False when there is no room. */
static __always_inline int is_told(struct access *access, struct location *location) {
  enum turn turn = fold_access(access, location, 0);
  if (turn == COUNTED || access->pressure == FULL) return turn == COUNTED;
  access->folds = turn == TO_TELL_AND_FOLD;
  int delivered = submit_access(access, location);
  if (delivered && access->folds) fold_access(access, location, 1);
  return delivered;
}

/* Tells of an access, or counts it with one that was told. A global function, as is_in_store. */
__noinline int tell_access(struct access *access, struct location *location) {
  if (!access || !location) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct who who = {.task = actor_of(current)};
  identify_actor(&who, current);
  identify_person(&who);
  struct pw_task *state = task_state(current);
  access->is_refused = refuse_access(current, state, access->kinds, location->generation, location->store);
  note_told(current);
  access->now = bpf_ktime_get_boot_ns();
  access->pressure = pressure_on(&who, state, location->store, access->now);
  access->subject = turn_subject(access->pressure, &who, state, access->now);
  count_seen(access->kinds, !(access->subject && is_told(access, location)));
  return 0;
}

/* An access to a store: decided here, or told. */
static __always_inline void judge_access(struct access *access, struct location *location) {
  if (decide_access(access, location)) tell_access(access, location);
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
  judge_access(&access, location);
  return 0;
}

/* True when it was in a store, or may have been. */
static __always_inline int observe_at(struct location *location, __u64 file, enum way way) {
  if (!begin_at_file(location, file)) return 0;
  if (!resolve(location) && !is_block_device(READ(struct inode, READ_ADDRESS(struct file, file, f_inode), i_mode))) return 0;
  judge_file(location, &file, way);
  return 1;
}

static __always_inline int observe(__u64 file, enum way way) {
  struct location location;
  return observe_at(&location, file, way);
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

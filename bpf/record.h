/* The record of an access, in three sizes: with a path that is short, as nearly all are; with one that is not; and with
 * two names, or with the name by which a marked file was reached. */
#ifndef PURPOSEWATCH_RECORD_H
#define PURPOSEWATCH_RECORD_H

#include "describe.h"
#include "resolve.h"

/* What is done to the leaf of a location. */
struct access {
  __u64 inode;    /* of the leaf; 0: it has none yet */
  __u64 other;    /* a dentry in the same mount: the second name; 0: none */
  __u64 subject;  /* this and what follows is filled on the way to the record */
  __u64 sequence;
  __u64 now;
  __u32 kinds;
  __u32 owner;
  __u32 path_bytes; /* of the path below the anchor */
  __u8 is_mount;    /* something was mounted there, or unmounted */
  __u8 folds;       /* others may be counted with it */
  __u8 pressure;    /* enum pressure: how full the ring was */
  __u8 is_refused;  /* by protect.h */
};

static __always_inline int is_device(const struct access *access) {
  return access->kinds == 1U << PW_DEVICE;
}

/* Its record says more than a path below the anchor. */
static __always_inline int is_told_by_name(const struct access *access, const struct location *location) {
  return access->other || location->is_marked || is_device(access) || location->adrift == PW_ANYWHERE;
}

PW_PUT_STEP(put_step_small, PW_PATH_SMALL)
PW_PUT_STEP(put_step_large, PW_PATH_LARGE)

/* What is known of an access to no file: to a store that user space finds, of nobody's. */
static __always_inline void fill_without_number(struct pw_access_record *record, __u32 type, __u32 size, __u32 kind,
                                                __u64 subject, __u64 now, __u64 actor) {
  head(&record->head, type, size, subject, now);
  record->sequence = 0;
  record->inode = 0;
  record->device = 0;
  record->generation = *(volatile __u32 *)&generation;
  record->anchor = 0;
  record->owner = 0;
  record->mode = 0;
  record->store = PW_NO_STORE;
  record->kinds = 1U << kind;
  record->flags = 0;
  record->path_offset = record->path_length = record->client_length = 0;
  read_comm(record->comm, actor);
}

/* Likewise, of one that counts. */
static __always_inline void fill_without_file(struct pw_access_record *record, __u32 type, __u32 size, __u32 kind,
                                              __u64 subject, __u64 now, __u64 actor) {
  fill_without_number(record, type, size, kind, subject, now, actor);
  record->sequence = next_sequence();
}

static __always_inline void fill_access(struct pw_access_record *record, struct access *access,
                                        struct location *location, __u32 size) {
  __u64 super = READ_ADDRESS(struct dentry, location->leaf, d_sb);
  head(&record->head, PW_RECORD_ACCESS, size, access->subject, access->now);
  record->sequence = access->sequence;
  record->inode = access->inode ? READ(struct inode, access->inode, i_ino) : 0;
  record->device = READ(struct super_block, super, s_dev);
  record->generation = location->generation;
  record->anchor = location->anchor;
  record->owner = access->owner;
  record->mode = access->inode ? READ(struct inode, access->inode, i_mode) : 0;
  record->store = location->store - 1;
  record->kinds = access->kinds;
  record->flags = (location->unsure ? PW_ACCESS_UNSURE : 0) | (access->is_mount ? PW_ACCESS_MOUNT : 0) |
                  (access->folds ? PW_ACCESS_FOLDS : 0) | (access->is_refused ? PW_ACCESS_REFUSED : 0);
  record->client_length = 0;
  read_comm(record->comm, actor_of(bpf_get_current_task_btf()));
}

/* Writes the path of `at` up to where it may go, so that it ends at `offset`. Returns the offset of its first byte; *full says
 * whether its head did not fit. A global function, as is_in_store. */
__noinline int put_path(struct pw_path *path, struct position *at, __u32 offset, __u32 *full) {
  if (!path || !at || !full) return 0;
  struct path_writer writer = {.at = *at, .bytes = path->bytes, .offset = offset};
  bpf_loop(way_length(&writer.at), put_step_large, &writer, 0);
  *full = writer.full;
  return writer.offset;
}

static __always_inline void start_below_anchor(struct position *at, const struct location *location) {
  start_at(at, location->leaf, location->mount, location->hops, location->height);
}

static __always_inline void put_path_below(struct pw_access_record *record, struct pw_path *path, __u32 bytes,
                                           const struct location *location) {
  __u32 end = bytes < PW_PATH_LARGE ? bytes : PW_PATH_LARGE - 1, full = 0;
  struct position at;
  start_below_anchor(&at, location);
  record->path_offset = put_path(path, &at, end, &full);
  record->path_length = end - record->path_offset;
  if (full) record->flags |= PW_ACCESS_TRUNCATED;
}

/* The whole path of a dentry, seen through the location's mount: its offset. */
static __always_inline __u32 put_whole_path(struct pw_path *path, const struct location *location, __u64 dentry) {
  __u32 full = 0;
  struct position at;
  start_at(&at, dentry, location->mount, PW_MOUNT_HOPS_MAX, PW_WALK_DEPTH_MAX);
  return put_path(path, &at, PW_PATH_LARGE, &full);
}

/* The client's name apart from the path, whose head may be missing. */
static __always_inline void fill_client(struct pw_access_record *record, char *client, struct location *location) {
  if (location->client_height == (__u32)-1) return;
  struct component component;
  name_of(&component, dentry_at(location, location->client_height));
  __u32 length = component.length & PW_NAME_MAX;
  copy_name(client, length, component.name);
  record->client_length = length;
}

/* These are global functions, as is_in_store. They return whether there was room. */
__noinline int submit_small(struct access *access, struct location *location) {
  if (!access || !location) return 0;
  struct pw_access_small *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_access(&record->access, access, location, sizeof(*record));
  struct path_writer writer = {.bytes = record->path, .offset = access->path_bytes & (PW_PATH_SMALL - 1)};
  __u32 end = writer.offset;
  start_below_anchor(&writer.at, location);
  bpf_loop(way_length(&writer.at), put_step_small, &writer, 0);
  if (writer.full) record->access.flags |= PW_ACCESS_TRUNCATED;
  record->access.path_offset = writer.offset;
  record->access.path_length = end - writer.offset;
  bpf_ringbuf_submit(record, wake_flag(access->now));
  return 1;
}

__noinline int submit_large(struct access *access, struct location *location) {
  if (!access || !location) return 0;
  struct pw_access_large *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_access(&record->access, access, location, sizeof(*record));
  fill_client(&record->access, record->client, location);
  put_path_below(&record->access, &record->path, access->path_bytes, location);
  bpf_ringbuf_submit(record, wake_flag(access->now));
  return 1;
}

__noinline int submit_named(struct access *access, struct location *location) {
  if (!access || !location) return 0;
  struct pw_access_named *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_access(&record->access, access, location, sizeof(*record));
  fill_client(&record->access, record->client, location);
  put_path_below(&record->access, &record->path, access->path_bytes, location);
  struct pw_inode_key none = {};
  record->mark = none;
  record->other_offset = record->real_offset = PW_PATH_LARGE;
  if (is_device(access)) {
    record->mark.device = READ(struct inode, access->inode, i_rdev);
    record->access.flags |= PW_ACCESS_DEVICE;
  } else if (location->is_marked) {
    key_of_inode(&record->mark, READ_ADDRESS(struct dentry, location->dentry, d_inode));
    record->access.flags |= PW_ACCESS_MARKED;
  } else if (location->adrift == PW_ANYWHERE) {
    record->access.flags |= PW_ACCESS_ADRIFT;
  }
  if (record->access.flags & (PW_ACCESS_DEVICE | PW_ACCESS_MARKED | PW_ACCESS_ADRIFT))
    record->real_offset = put_whole_path(&record->real, location, location->leaf);
  if (access->other) record->other_offset = put_whole_path(&record->other, location, access->other);
  bpf_ringbuf_submit(record, wake_flag(access->now));
  return 1;
}

/* Marks what is at a location, or leads on from there, and tells user space as what: that must be known also when the access
 * is permitted. */
__noinline int mark_inode(struct location *location, struct pw_inode_key *inode) {
  if (!location || !inode) return 0;
  struct pw_inode_key key = *inode; /* 6.1 takes no argument of a global function as a key */
  struct pw_mark mark = mark_of(location);
  long result = add_mark(&key, &mark);
  if (result == -EEXIST) return 0;
  struct pw_mark_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  head(&record->head, PW_RECORD_MARK, sizeof(*record), 0, bpf_ktime_get_boot_ns());
  record->key = key;
  record->mark = mark;
  record->is_left_out = result != 0;
  record->anchor = location->anchor;
  struct pw_inode_key none = {};
  record->below = none;
  if (location->is_marked) key_of_inode(&record->below, READ_ADDRESS(struct dentry, location->dentry, d_inode));
  struct position at;
  start_below_anchor(&at, location);
  __u32 full = 0;
  record->path_offset = put_path(&record->path, &at, PW_PATH_LARGE, &full);
  record->is_truncated = full;
  bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
  return 0;
}

static __always_inline void unmark_inode(const struct pw_inode_key *key) {
  if (bpf_map_delete_elem(&marks, key) && !marks_left_out) return;
  struct pw_unmark_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return;
  head(&record->head, PW_RECORD_UNMARK, sizeof(*record), 0, bpf_ktime_get_boot_ns());
  record->key = *key;
  bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

/* What is back under a name of one kind may still be marked for the other. `of` is a constant. */
static __always_inline void unmark_way(const struct pw_inode_key *key, enum pw_way_of of) {
  struct pw_mark *mark = bpf_map_lookup_elem(&marks, key);
  if (!mark || !mark->anchor.way[of == PW_OF_FILES ? PW_OF_SOCKETS : PW_OF_FILES].state) {
    unmark_inode(key);
    return;
  }
  struct pw_way none = {};
  mark->anchor.way[of] = none;
}

#endif

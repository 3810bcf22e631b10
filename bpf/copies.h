/* Copies outside all stores: a file, a pipe or a terminal that a process may write to while it carries client data. */
#ifndef PURPOSEWATCH_COPIES_H
#define PURPOSEWATCH_COPIES_H

#include "outlets.h"

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, struct copy);
  __type(value, struct moment);
} told_copies PW_MAP;

/* Files of the kernel's own making hold nothing. */
static __always_inline int is_of_kernel(__u64 inode) {
  __u64 magic = READ(struct super_block, READ_ADDRESS(struct inode, inode, i_sb), s_magic);
  return magic == PROC_SUPER_MAGIC || magic == SYSFS_MAGIC || magic == CGROUP2_SUPER_MAGIC || magic == CGROUP_SUPER_MAGIC;
}

/* Returns whether there was room. A global function, as is_in_store. */
__noinline int submit_copy(struct outlet *outlet, __u64 file) {
  if (!outlet) return 0;
  struct pw_copy_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  __u64 inode = READ_ADDRESS(struct file, file, f_inode), way = way_of_file(file);
  fill_without_number(&record->access, PW_RECORD_COPY, sizeof(*record), PW_WRITE, outlet->subject, outlet->now,
                      outlet->who.task);
  if (!is_pipe(inode)) record->access.sequence = next_sequence();
  record->file = outlet->copy.file;
  record->access.inode = record->file.inode;
  record->access.device = record->file.device;
  record->access.owner = READ(struct inode, inode, i_uid).val;
  record->access.mode = READ(struct inode, inode, i_mode);
  record->reserved = 0;
  record->carried = outlet->carried;
  record->path_offset = put_way(&record->path, &way);
  bpf_ringbuf_submit(record, wake_flag(outlet->now));
  return 1;
}

/* The current task has this file, of no store, pipe or terminal to write to. */
static __always_inline void observe_copy(struct outlet *outlet, __u64 file, __u64 inode) {
  if (is_of_kernel(inode)) return;
  /* What a service hands on by a pipe is its own business: user space would say so each time. */
  if (!outlet->carried.is_told && is_pipe(inode)) return;
  struct copy *copy = &outlet->copy;
  copy->carried = mix_of_carried(&outlet->carried);
  key_of_inode(&copy->file, inode);
  if (!is_new_for_process(&told_copies, copy)) return;
  if (may_hold_copy(inode)) mark_derived(&copy->file, inode, &outlet->carried);
  describe_carrier(outlet);
  int delivered = has_room(outlet) && submit_copy(outlet, file);
  if (!is_pipe(inode)) count_accesses(stores_in(&outlet->carried), !delivered); /* a pipe is no way out by itself */
}

/* False for nearly all opens, at the price of one member. */
static __always_inline int may_follow(__u64 file) {
  return *(volatile __u32 *)&files_carry || READ(struct file, file, f_mode) & FMODE_WRITE;
}

/* A file was opened that is in no store. True when there is something new to carry. A global function, as is_in_store. */
__noinline int follow_outside(__u64 *file_of) {
  if (!file_of) return 0;
  __u64 file = *file_of;
  __u64 inode = READ_ADDRESS(struct file, file, f_inode);
  __u32 mode = READ(struct file, file, f_mode);
  if (mode & FMODE_PATH || !is_way_out(inode)) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  if (current->tgid == agent_tgid) return 0;
  int has_news = mode & FMODE_READ ? take_derived(inode) : 0;
  if (mode & FMODE_WRITE) {
    struct outlet *outlet = outlet_of(current);
    if (outlet) observe_copy(outlet, file, inode);
  }
  return has_news;
}

#endif

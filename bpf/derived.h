/* What client data went into outside all stores. A file that a process may write to while it carries client data, or a pipe,
 * is taken to hold what that carries: whoever reads it from then on carries that, too. So data is followed through files and
 * pipelines, whoever's they are, until user space finds that the copy was permitted (agent/kernel/derived_files.h), and takes
 * the file off the table.
 *
 * By its inode, since its name is nobody's promise. Without room the one that was looked up least lately is forgotten. */
#ifndef PURPOSEWATCH_DERIVED_H
#define PURPOSEWATCH_DERIVED_H

#include "held_stores.h"
#include "identity.h"

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, PW_DERIVED_FILES_MAX);
  __type(key, struct pw_inode_key);
  __type(value, struct pw_held);
} derived_files PW_MAP;

__u64 derived_filter[PW_DERIVED_WORDS] = {}; /* one bit for each inode that is in the table, or was */
__u32 files_carry = 0; /* 1: something is in the table, or was; */
__u32 pipes_carry = 0; /* a pipe */

static __always_inline volatile __u64 *derived_word(__u64 inode) {
  return &derived_filter[pw_derived_word(inode) & (PW_DERIVED_WORDS - 1)];
}

/* What a copy may be in. */
static __always_inline int is_pipe(__u64 inode) {
  return (READ(struct inode, inode, i_mode) & S_IFMT) == S_IFIFO;
}
static __always_inline int may_hold_copy(__u64 inode) {
  __u32 type = READ(struct inode, inode, i_mode) & S_IFMT;
  return type == S_IFREG || type == S_IFIFO;
}

/* The screen of a person: a console, or the end of a pseudo terminal. Other character devices are none of ours. */
static __always_inline int is_terminal(__u64 inode) {
  if ((READ(struct inode, inode, i_mode) & S_IFMT) != S_IFCHR) return 0;
  __u32 major = READ(struct inode, inode, i_rdev) >> 20;
  return major == TTY_MAJOR || major == TTYAUX_MAJOR || (major >= UNIX98_PTY_SLAVE_MAJOR && major < UNIX98_PTY_SLAVE_MAJOR + 8);
}

/* What is told when it is written to. */
static __always_inline int is_way_out(__u64 inode) {
  return may_hold_copy(inode) || (*(volatile __u32 *)&terminals_are_noted && is_terminal(inode));
}

static __always_inline void mark_derived(const struct pw_inode_key *key, __u64 inode, const struct pw_carried *carried) {
  struct pw_held held = carried->read;
  add_held(&held, &carried->had);
  struct pw_held *known = bpf_map_lookup_elem(&derived_files, key);
  if (known)
    add_held(known, &held);
  else
    bpf_map_update_elem(&derived_files, key, &held, 0 /* BPF_ANY */);
  __sync_fetch_and_or(derived_word(key->inode), pw_derived_bit(key->inode));
  if (!files_carry) files_carry = 1;
  if (!pipes_carry && is_pipe(inode)) pipes_carry = 1;
}

/* True when the current task has got something new from this file. A function of its own, whose frame is not below the
 * others'. */
static __noinline int take_derived(__u64 inode) {
  struct task_struct *current = bpf_get_current_task_btf();
  __u64 number = READ(struct inode, inode, i_ino);
  if (!(*derived_word(number) & pw_derived_bit(number))) return 0;
  struct pw_inode_key key = {};
  key_of_inode(&key, inode);
  struct pw_held *held = bpf_map_lookup_elem(&derived_files, &key);
  struct holdings *mine = held ? make_holdings(current->group_leader) : 0;
  if (!mine) return 0;
  int is_new = !holds_all(&mine->had, held);
  add_held(&mine->had, held);
  mine->is_told = 1;
  mine->how |= is_pipe(inode) ? PW_CARRIED_PIPED : PW_CARRIED_DERIVED;
  mine->had_ns = bpf_ktime_get_boot_ns();
  struct pw_task *task = is_new ? task_state(current) : 0;
  if (task) task->held_has_news = 1;
  return is_new;
}

enum { PIPELINE_FILES = 8 }; /* descriptors by which a member of a pipeline reads from it: 0, as a rule */

/* A pipe tells nobody when it is read from. So whoever is about to do something of interest is asked for the pipes that he
 * reads from. True when he has got something new. A function of its own, whose frame is not below the others'. */
static __noinline int take_piped(void) {
  struct task_struct *current = bpf_get_current_task_btf();
  if (!*(volatile __u32 *)&pipes_carry || current->flags & PF_KTHREAD) return 0;
  __u64 table = READ_ADDRESS(struct files_struct, (__u64)current->files, fdt);
  __u64 files = READ_ADDRESS(struct fdtable, table, fd);
  int has_news = 0;
  for (__u32 i = 0; i < PIPELINE_FILES; i++) { /* a table has room for 64 at least */
    __u64 file = read_word(files + i * sizeof(file));
    __u64 inode = file ? READ_ADDRESS(struct file, file, f_inode) : 0;
    if (inode && is_pipe(inode) && READ(struct file, file, f_mode) & FMODE_READ && take_derived(inode)) has_news = 1;
  }
  return has_news;
}

#endif

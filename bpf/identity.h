/* What a task is: the executable it was started from, the script that this was to run (script.h) and what came before
 * (lineage.h), stamped at exec into task storage and inherited by fork.
 *
 * Stamped, not looked up at the access: a later rename over the executable, prctl(PR_SET_MM_EXE_FILE) or a
 * mount cannot change what was started. Every thread has a stamp of its own, so an exec from a thread that is not
 * the leader loses nothing. */
#ifndef PURPOSEWATCH_IDENTITY_H
#define PURPOSEWATCH_IDENTITY_H

#include "read.h"

static __always_inline void key_of_inode(struct pw_inode_key *key, __u64 inode) {
  __u64 super = READ_ADDRESS(struct inode, inode, i_sb);
  key->inode = READ(struct inode, inode, i_ino);
  key->device = READ(struct super_block, super, s_dev);
  key->generation = READ(struct inode, inode, i_generation);
}

static __always_inline __u32 program_of_inode(const struct pw_inode_key *key) {
  __u32 *program = bpf_map_lookup_elem(&programs, key);
  return program ? *program : 0;
}

static __always_inline __u32 program_of(__u64 exe_file) {
  struct pw_inode_key key = {};
  key_of_inode(&key, READ_ADDRESS(struct file, exe_file, f_inode));
  return program_of_inode(&key);
}

/* Nothing that was decided or told for what the task was before serves what it is now. */
static __always_inline void forget_answers(struct pw_task *task) {
  task->generation = 0;
  task->subject = 0;
}

static __always_inline void stamp(struct pw_task *task, __u64 exe_file) {
  struct pw_inode_key key = {};
  if (exe_file) key_of_inode(&key, READ_ADDRESS(struct file, exe_file, f_inode));
  task->exe = key;
  task->program = program_of_inode(&key);
  forget_answers(task);
  task->held_generation = 0;
  task->tampering_epoch = 0;
  task->stamped = 1;
}

static __always_inline void inherit(struct pw_task *mine, const struct pw_task *parent) {
  mine->exe = parent->exe;
  mine->program = parent->program;
  mine->script_file = parent->script_file;
  mine->script = parent->script;
  mine->script_named = parent->script_named;
  __builtin_memcpy(mine->lineage, parent->lineage, sizeof(mine->lineage));
  mine->stamped = 1;
}

/* io_uring works for a task in threads with names of its own: these are known by the name of the one they work for. */
static __always_inline void read_comm(char *comm, __u64 task) {
  if (READ(struct task_struct, task, flags) & PF_IO_WORKER) task = READ_ADDRESS(struct task_struct, task, group_leader);
  bpf_probe_read_kernel(comm, PW_COMM_LEN, (const void *)(task + bpf_core_field_offset(struct task_struct, comm)));
}

static __always_inline __u64 exe_file_of(__u64 task) {
  __u64 mm = READ_ADDRESS(struct task_struct, task, mm);
  return mm ? READ_ADDRESS(struct mm_struct, mm, exe_file) : 0;
}

/* The task whose deed it is: the current one, as a rule. 0: the agent's own. */
static __always_inline __u64 actor_of(struct task_struct *current) {
  return current->tgid == agent_tgid ? *(volatile __u64 *)&stands_in_for : (__u64)current;
}

/* The task's state; made and stamped now for a task that was missed. Null when memory is short: then nothing is
 * known of the task, and everything it does goes up. */
static __always_inline struct pw_task *task_state(struct task_struct *current) {
  struct pw_task *task = bpf_task_storage_get(&tasks, current, 0, 0);
  if (task && task->stamped) return task;
  task = bpf_task_storage_get(&tasks, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (task && !task->stamped) stamp(task, exe_file_of((__u64)current));
  return task;
}

#endif

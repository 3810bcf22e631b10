/* Who is at the other end: a process that user space asks for by a socket that it has open. Described as whoever accesses a
 * store is. */
#ifndef PURPOSEWATCH_PEERS_H
#define PURPOSEWATCH_PEERS_H
#include "describe.h"
#include "workspace.h"

__u64 sought_socket = 0; /* the number of its inode; 0: none, or it was found */

/* The record's memory is the ring's, and goes back there. */
static __always_inline void write_process(struct seq_file *to, struct task_struct *task) {
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (!workspace) return;
  struct who *who = &workspace->outlet.who;
  who->task = (__u64)task;
  identify_actor(who, 0);
  identify_person(who);
  struct pw_task *state = bpf_task_storage_get(&tasks, task, 0, 0);
  struct pw_process_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return;
  fill_process(record, 0, who, state, bpf_ktime_get_boot_ns());
  bpf_seq_write(to, record, sizeof(*record));
  bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
}

enum { PID_OF_INIT = 1 }; /* which holds the sockets that it has made for others */

/* Processes come by their numbers: of several that have it, the lowest is who made it, as a rule. */
SEC("iter/task_file")
int find_holder(struct bpf_iter__task_file *ctx) {
  struct task_struct *task = ctx->task;
  __u64 file = (__u64)ctx->file;
  if (!task || !file || !sought_socket || task->tgid == PID_OF_INIT) return 0;
  __u64 inode = READ_ADDRESS(struct file, file, f_inode);
  if (READ(struct inode, inode, i_ino) != sought_socket) return 0;
  if ((READ(struct inode, inode, i_mode) & S_IFMT) != S_IFSOCK) return 0;
  sought_socket = 0;
  write_process(ctx->meta->seq, task);
  return 0;
}

#endif

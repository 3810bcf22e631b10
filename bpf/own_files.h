/* What a process had open already when it came to client data: connections, and files to write to. A shell opens the file of
 * `cat MAIL > FILE` before there is a cat, and whoever wants to hide connects before he reads. So when a process carries the
 * data of one more store, its descriptors are gone through, once. */
#ifndef PURPOSEWATCH_OWN_FILES_H
#define PURPOSEWATCH_OWN_FILES_H

#include "ports.h"
#include "unix_outlets.h"

enum { OWN_FILES_MAX = 256 }; /* descriptors; what is beyond them goes unseen */

/* A connection over TCP, or a socket that waits for some; of datagrams, what is sent is seen. */
static __always_inline void look_at_tcp_socket(struct outlet *outlet, __u64 sock) {
  if (READ(struct sock, sock, sk_protocol) != IPPROTO_TCP) return;
  __u32 state = READ(struct sock_common, sock + bpf_core_field_offset(struct sock, __sk_common), skc_state);
  struct request *request = &outlet->request;
  request->generation = generation;
  if ((state != TCP_LISTEN && state != TCP_ESTABLISHED && state != TCP_SYN_SENT) || !read_ends(request, sock)) return;
  /* A socket that was accepted has its listener's backlog. */
  int answers = READ(struct sock, sock, sk_max_ack_backlog) != 0;
  if (answers) {
    fill_answering(outlet, sock, &request->from);
  } else {
    enum reach reach = reach_of(request, sock);
    request->is_local = reach == THE_HOST;
    if (reach != NOWHERE && is_stores_port(request)) return;
    fill_connection(outlet, request, reach != ELSEWHERE);
  }
  tell_outlet(outlet);
}

/* A global function, as is_in_store. */
__noinline int look_at_own_file(__u64 file) {
  struct task_struct *current = bpf_get_current_task_btf();
  struct workspace *workspace = workspace_of(current);
  if (!workspace) return 0;
  __u64 inode = READ_ADDRESS(struct file, file, f_inode);
  __u32 type = READ(struct inode, inode, i_mode) & S_IFMT;
  if (type == S_IFSOCK) {
    __u64 sock = READ_ADDRESS(struct socket, READ_ADDRESS(struct file, file, private_data), sk);
    if (!sock) return 0;
    if (READ(struct sock_common, sock, skc_family) == AF_UNIX)
      look_at_unix_socket(&workspace->outlet, sock);
    else
      look_at_tcp_socket(&workspace->outlet, sock);
  } else if (is_way_out(inode) && READ(struct file, file, f_mode) & FMODE_WRITE) {
    observe_copy(&workspace->outlet, file, inode); /* user space knows its path, and whether that is in a store */
  }
  return 0;
}

/* A function of its own, whose frame is not below the others'. */
static __noinline int look_at_own_files(void) {
  struct task_struct *current = bpf_get_current_task_btf();
  struct pw_task *task = bpf_task_storage_get(&tasks, current, 0, 0);
  if (!task || !task->held_has_news || current->tgid == agent_tgid) return 0;
  task->held_has_news = 0;
  struct outlet *outlet = outlet_of(current);
  if (!outlet) return 0;
  __u64 table = READ_ADDRESS(struct files_struct, (__u64)current->files, fdt);
  __u64 files = read_word(table + bpf_core_field_offset(struct fdtable, fd));
  __u32 most = READ(struct fdtable, table, max_fds);
  for (__u32 i = 0; i < OWN_FILES_MAX; i++) {
    if (i >= most) break;
    __u64 file = read_word(files + i * sizeof(file));
    if (file) look_at_own_file(file);
  }
  outlet->left_out = 0;
  return 0;
}

/* After an open. `is_stores`: it was an access to a store. */
static __always_inline void follow(__u64 file, int is_stores) {
  if (is_stores || (may_follow(file) && follow_outside(&file))) look_at_own_files();
}

/* After a connection to a unix socket, or something sent to it. */
static __always_inline void follow_unix(__u64 *receiver, int is_stores) {
  if (is_stores)
    look_at_own_files();
  else
    tell_unix(receiver);
}

/* (task): before its descriptors are closed. Of a member of a pipeline that has opened nothing since it began, this is when
 * what it has got, and where it has put that, shows at last. */
SEC("tp_btf/sched_process_exit")
int on_process_exit(unsigned long long *ctx) {
  count_fired(PW_HOOK_PROCESS_EXIT);
  struct task_struct *current = bpf_get_current_task_btf();
  if (!generation || current->group_leader != current) return 0;
  if (current->tgid == agent_tgid) {
    reader_since_ns = bpf_ktime_get_boot_ns();
    agent_tgid = stand_in_acts = 0;
    return 0;
  }
  take_piped();
  look_at_own_files(); /* also for what was got from a pipe when something else was done */
  return 0;
}

#endif

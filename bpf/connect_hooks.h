/* Connecting to a store. Whatever name somebody connects by (a symbolic or hard link, a bind mount), the kernel finds the one
 * socket that listens, and that one knows where it was bound: so it is what is looked at, by the same walk as a file, but
 * along the `sockets:` of the policy. Abstract sockets have no file, and are no store's. */
#ifndef PURPOSEWATCH_CONNECT_HOOKS_H
#define PURPOSEWATCH_CONNECT_HOOKS_H
#include "own_files.h"
#include "socket_types.h"

/* `sock` listens, or gets datagrams. True when it is a store's, or may be. A global function, as is_in_store. */
__noinline int observe_unix_connect(__u64 *sock) {
  __u64 listener = sock ? *sock : 0;
  if (!listener) return 0;
  __u64 dentry = READ_ADDRESS(struct unix_sock, listener, path.dentry);
  struct workspace *workspace = dentry ? workspace_of(bpf_get_current_task_btf()) : 0;
  if (!workspace) return 0;
  struct location *location = &workspace->location;
  if (!begin_location(location, dentry, mount_of(READ_ADDRESS(struct unix_sock, listener, path.mnt)))) return 0;
  location->way_of = PW_OF_SOCKETS;
  if (!resolve(location)) return 0;
  struct access *access = &workspace->access;
  __builtin_memset(access, 0, sizeof(*access));
  access->inode = READ_ADDRESS(struct dentry, dentry, d_inode);
  access->kinds = 1U << PW_CONNECT;
  access->owner = READ(struct inode, access->inode, i_uid).val;
  judge_access(access, location);
  workspace->outlet.left_out = name_of_socket(listener);
  return 1;
}

/* The unix socket that a file is; 0: none. */
static __always_inline __u64 unix_sock_of(__u64 file) {
  if ((READ(struct inode, READ_ADDRESS(struct file, file, f_inode), i_mode) & S_IFMT) != S_IFSOCK) return 0;
  __u64 sock = READ_ADDRESS(struct socket, READ_ADDRESS(struct file, file, private_data), sk);
  return sock && READ(struct sock_common, sock, skc_family) == AF_UNIX ? sock : 0;
}

/* (sock, other, newsk): streams and sequenced packets, by whatever system call, io_uring included. `other` listens. */
SEC("lsm/unix_stream_connect")
int on_unix_stream_connect(unsigned long long *ctx) {
  if (!fires(PW_HOOK_UNIX_STREAM_CONNECT)) return 0;
  __u64 listener = ctx[1];
  follow_unix(&listener, observe_unix_connect(&listener));
  return 0;
}

/* (socket, other): datagrams, when their socket is connected and at each that is sent. Sent by a name, each is an access; sent
 * over a connected socket none is, for the connection was one. */
SEC("lsm/unix_may_send")
int on_unix_may_send(unsigned long long *ctx) {
  if (!fires(PW_HOOK_UNIX_MAY_SEND)) return 0;
  __u64 receiver = READ_ADDRESS(struct socket, ctx[1], sk);
  __u64 sender = READ_ADDRESS(struct socket, ctx[0], sk);
  if (!receiver || READ_ADDRESS(struct unix_sock, sender, peer) == receiver) return 0;
  follow_unix(&receiver, observe_unix_connect(&receiver));
  return 0;
}

#endif

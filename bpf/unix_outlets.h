/* Ways out by unix sockets that are no store's. Who is at the other end, user space finds out by the socket's inode (peers.h). */
#ifndef PURPOSEWATCH_UNIX_OUTLETS_H
#define PURPOSEWATCH_UNIX_OUTLETS_H

#include "copies.h"

/* Returns whether there was room. A global function, as is_in_store. */
__noinline int submit_unix(struct outlet *outlet) {
  if (!outlet) return 0;
  __u64 named = outlet->named;
  struct pw_unix_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_without_file(&record->access, PW_RECORD_UNIX, sizeof(*record), PW_CONNECT, outlet->subject, outlet->now,
                    outlet->who.task);
  __u64 socket = READ_ADDRESS(struct sock, named, sk_socket);
  __u64 file = socket ? READ_ADDRESS(struct socket, socket, file) : 0;
  record->socket = file ? READ(struct inode, READ_ADDRESS(struct file, file, f_inode), i_ino) : 0;
  record->carried = outlet->carried;
  record->flags = outlet->flags;
  __u64 way = named + bpf_core_field_offset(struct unix_sock, path);
  __u64 dentry = READ_ADDRESS(struct path, way, dentry);
  struct pw_inode_key file_of = {};
  if (dentry) key_of_inode(&file_of, READ_ADDRESS(struct dentry, dentry, d_inode));
  record->file = file_of;
  if (!dentry) {
    __u64 address = read_word(named + bpf_core_field_offset(struct unix_sock, addr));
    __u64 name = address + bpf_core_field_offset(struct unix_address, name[0].sun_path) + 1;
    record->path_offset = put_lone_name(&record->path, name, READ(struct unix_address, address, len) - 3);
  } else {
    record->path_offset = put_way(&record->path, &way);
  }
  bpf_ringbuf_submit(record, wake_flag(outlet->now));
  return 1;
}

/* Its name, as it lies in the kernel; 0: none. What a listener has accepted has the very same. */
static __always_inline __u64 name_of_socket(__u64 sock) {
  return read_word(sock + bpf_core_field_offset(struct unix_sock, addr));
}

/* `named`: the socket with a name, at the other end, or the own one that answers by it. Told once, until more is carried. */
static __always_inline void observe_unix(struct outlet *outlet, __u64 named, __u32 flags) {
  __u64 name = name_of_socket(named);
  if (!name || name == outlet->left_out) return; /* one of a pair, or a store's */
  struct copy *key = &outlet->copy;
  key->carried = mix_of_carried(&outlet->carried);
  outlet->named = named;
  key->file.inode = name;
  key->file.device = key->file.generation = 0;
  if (!is_new_for_process(&told_copies, key)) return;
  outlet->flags = PW_OUTLET_LOCAL | flags;
  describe_carrier(outlet);
  count_accesses(stores_in(&outlet->carried), !(has_room(outlet) && submit_unix(outlet)));
}

/* The current task connects to this socket, or sends to it. A global function, as is_in_store. */
__noinline int tell_unix(__u64 *receiver) {
  struct outlet *outlet = receiver ? outlet_of(bpf_get_current_task_btf()) : 0;
  if (outlet) observe_unix(outlet, *receiver, 0);
  return 0;
}

/* What it had before. What was accepted has its listener's name, and whoever connects has none, as a rule. */
static __always_inline void look_at_unix_socket(struct outlet *outlet, __u64 sock) {
  __u64 peer = READ_ADDRESS(struct unix_sock, sock, peer);
  if (peer && name_of_socket(peer))
    observe_unix(outlet, peer, 0);
  else if (peer || READ(struct sock_common, sock, skc_state) == TCP_LISTEN)
    observe_unix(outlet, sock, PW_OUTLET_ANSWERS);
}

#endif

/* Connections to unix sockets, on kernels that refuse LSM and fentry programs.
 *
 * Since 6.3 a tracepoint shows each socket for which something has arrived, in the context of who sent it: a listener gets a
 * connection, a socket for datagrams gets one. No argument of a call is read, nor its descriptor, whatever the call was. When
 * a socket for datagrams is connected, nothing arrives; that, and before 6.3 every connection, is seen by the result of
 * connect(2), and of io_uring's: the socket that it left connected knows its peer. What was connected unseen is told at its
 * first datagram. */
#ifndef PURPOSEWATCH_CONNECT_CALLS_H
#define PURPOSEWATCH_CONNECT_CALLS_H
#include "connect_hooks.h"
#include "memory_calls.h"
#include "told_once.h"

enum { PEERS_MAX = 4096 };

struct peers {
  __u64 sender, receiver; /* sockets */
};

/* Sockets for datagrams that are known to be connected, and whose process was told; other sockets may be at the same addresses
 * later. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, PEERS_MAX);
  __type(key, struct peers);
  __type(value, struct moment);
} known_peers PW_MAP;

/* True when the process has not connected them lately. A function of its own, whose frame is not below the others'. */
static __noinline int is_new_peer(__u64 sender, __u64 receiver) {
  struct peers peers = {sender, receiver};
  return is_new_for_process(&known_peers, &peers);
}

/* The other end of what a call connected; 0: nothing, or it is told elsewhere. A global function, as is_in_store. */
__noinline __u64 peer_by_call(__u64 file) {
  __u64 sock = file ? unix_sock_of(file) : 0;
  if (!sock) return 0;
  int is_for_datagrams = READ(struct sock, sock, sk_type) == SOCK_DGRAM;
  if (arrivals_are_traced && !is_for_datagrams) return 0;
  __u64 receiver = read_word(sock + bpf_core_field_offset(struct unix_sock, peer)); /* a number, as it is returned */
  if (receiver && is_for_datagrams) is_new_peer(sock, receiver);
  return receiver;
}

/* `file` is what a call connected. */
static __always_inline void observe_connected(__u64 file) {
  __u64 receiver = peer_by_call(file);
  if (receiver) follow_unix(&receiver, observe_unix_connect(&receiver));
}

/* Attached to the call that agent/kernel/system_calls.cc names. */
SEC("tracepoint")
int on_connect_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_CONNECT_CALL)) return 0;
  if (ctx->result) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  __u64 file = file_of_descriptor(current, (__u32)registers->di);
  observe_connected(file);
  return 0;
}

/* Does the current task send over a connection to this socket that was told? Where the call does not say which, no: then it is
 * told again. A thread that swaps the descriptor hides nothing but what was told when that one was connected. */
static __always_inline int is_known_peer(struct task_struct *current, __u64 receiver) {
  if (current->flags & PF_IO_WORKER || current->thread_info.status & TS_COMPAT) return 0;
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  __u64 file = file_of_descriptor(current, (__u32)registers->di);
  __u64 sender = file ? unix_sock_of(file) : 0;
  if (!sender || READ_ADDRESS(struct unix_sock, sender, peer) != receiver) return 0;
  return !is_new_peer(sender, receiver);
}

/* (sock): something has arrived there. What somebody accepted bears its listener's name, and is no listener. */
SEC("tp_btf/sk_data_ready")
int on_data_ready(unsigned long long *ctx) {
  struct sock *receiver = (struct sock *)ctx[0];
  if (receiver->__sk_common.skc_family != AF_UNIX) return 0;
  if (receiver->sk_type != SOCK_DGRAM && receiver->__sk_common.skc_state != TCP_LISTEN) return 0;
  if (!fires(PW_HOOK_DATA_READY)) return 0;
  __u64 address = ctx[0];
  if (receiver->sk_type == SOCK_DGRAM && is_known_peer(bpf_get_current_task_btf(), address)) return 0;
  follow_unix(&address, observe_unix_connect(&address));
  return 0;
}

#endif

/* Datagrams over IP, on kernels that refuse fentry programs. What is sent by an address, the kernel asks programs of the cgroup
 * for, with the address in its own memory; raw sockets' it does not. What is sent over a connection, a tracepoint tells (since
 * 6.3) when it was: a connection alone is none, since whoever looks up a name connects to each address, to see which way leads
 * there. */
#ifndef PURPOSEWATCH_DATAGRAM_CALLS_H
#define PURPOSEWATCH_DATAGRAM_CALLS_H
#include "outlets.h"

/* What these programs are given; part of the kernel's interface, hence never relocated. */
struct bpf_sock_addr {
  __u32 user_family;
  __u32 user_ip4;    /* network byte order, as all that follows */
  __u32 user_ip6[4];
  __u32 user_port;
  __u32 family;
  __u32 type;
  __u32 protocol;
};

enum { ALLOWED = 1 };

static __always_inline struct outlet *begin_named(void) {
  if (!fires(PW_HOOK_CGROUP_SEND)) return 0;
  return outlet_of(bpf_get_current_task_btf());
}

static __always_inline int observe_named(struct outlet *outlet, struct bpf_sock_addr *ctx) {
  outlet->port = __builtin_bswap16(ctx->user_port);
  observe_datagram(outlet, bpf_get_socket_cookie(ctx), ctx->protocol);
  return ALLOWED;
}

SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *ctx) {
  struct outlet *outlet = begin_named();
  if (!outlet) return ALLOWED;
  read_ipv4(&outlet->address, ctx->user_ip4);
  return observe_named(outlet, ctx);
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *ctx) {
  struct outlet *outlet = begin_named();
  if (!outlet) return ALLOWED;
  outlet->address.word[0] = ctx->user_ip6[0] | (__u64)ctx->user_ip6[1] << 32;
  outlet->address.word[1] = ctx->user_ip6[2] | (__u64)ctx->user_ip6[3] << 32;
  return observe_named(outlet, ctx);
}

/* (sock, result, flags): of sockets of every kind. */
SEC("tp_btf/sock_send_length")
int on_send_length(unsigned long long *ctx) {
  struct sock *sock = (struct sock *)ctx[0];
  __u32 protocol = sock->sk_protocol;
  if (protocol == IPPROTO_TCP) return 0;
  __u16 family = sock->__sk_common.skc_family;
  if ((family != AF_INET && family != AF_INET6) || (int)ctx[1] < 0) return 0;
  if (!fires(PW_HOOK_SEND_LENGTH)) return 0;
  if (sock->__sk_common.skc_state != TCP_ESTABLISHED) return 0; /* not connected */
  struct outlet *outlet = outlet_of(bpf_get_current_task_btf());
  __u64 address = ctx[0];
  if (!outlet || !read_peer(&outlet->address, &outlet->port, address)) return 0;
  observe_datagram(outlet, address, protocol);
  return 0;
}

#endif

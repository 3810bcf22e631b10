/* Datagrams over IP, on kernels that allow fentry programs: by the functions of the kernel that send them, whatever call they
 * are sent by, io_uring's included. By then the address is in the kernel's memory. */
#ifndef PURPOSEWATCH_DATAGRAM_HOOKS_H
#define PURPOSEWATCH_DATAGRAM_HOOKS_H
#include "outlets.h"

/* The name that a message is sent to. Returns 0 when that is neither IPv4 nor IPv6. */
static __always_inline int read_name_of(struct outlet *outlet, __u64 name) {
  __u16 family = READ(struct sockaddr_in, name, sin_family);
  if (family == AF_INET) {
    read_ipv4(&outlet->address, READ(struct sockaddr_in, name, sin_addr.s_addr));
  } else if (family == AF_INET6) {
    read_ipv6(&outlet->address, name + bpf_core_field_offset(struct sockaddr_in6, sin6_addr));
  } else {
    return 0;
  }
  outlet->port = __builtin_bswap16(READ(struct sockaddr_in, name, sin_port));
  return 1;
}

static __noinline int send_datagram(__u64 sock, __u64 message) {
  if (!fires(PW_HOOK_SEND_DATAGRAM)) return 0;
  struct outlet *outlet = outlet_of(bpf_get_current_task_btf());
  if (!outlet) return 0;
  __u64 name = READ_ADDRESS(struct msghdr, message, msg_name);
  int is_known = name ? read_name_of(outlet, name) : read_peer(&outlet->address, &outlet->port, sock);
  if (!is_known) return 0;
  observe_datagram(outlet, sock, READ(struct sock, sock, sk_protocol));
  return 0;
}

/* (sock, message, length) */
#define PW_SENDER(function)                               \
  SEC("fentry/" #function)                                \
  int on_##function(unsigned long long *ctx) {            \
    return send_datagram(ctx[0], ctx[1]);                 \
  }

PW_SENDER(udp_sendmsg)
PW_SENDER(udpv6_sendmsg)
PW_SENDER(raw_sendmsg)
PW_SENDER(rawv6_sendmsg)
PW_SENDER(ping_v4_sendmsg)
PW_SENDER(ping_v6_sendmsg)

#endif

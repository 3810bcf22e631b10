/* The kernel's types of sockets, likewise (kernel_types.h). */
#ifndef PURPOSEWATCH_SOCKET_TYPES_H
#define PURPOSEWATCH_SOCKET_TYPES_H

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net; /* a network namespace */

typedef struct {
  struct net *net;
} possible_net_t;

union in6_bytes {
  __u8 u6_addr8[16];
};

struct in6_addr {
  union in6_bytes in6_u;
};

struct sock_common {
  __u16 skc_family;
  __be32 skc_daddr; /* of the other end */
  __be32 skc_rcv_saddr;
  __be16 skc_dport;
  __u16 skc_num; /* the own port, in the host's byte order */
  unsigned char skc_state;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr; /* likewise, of IPv6 */
  struct in6_addr skc_v6_rcv_saddr;
};

struct socket;

struct sock {
  struct sock_common __sk_common;
  struct socket *sk_socket;
  __u16 sk_protocol;
  __u16 sk_type;
  __u32 sk_max_ack_backlog;
};

struct socket {
  struct file *file;
  struct sock *sk;
};

struct in_addr {
  __be32 s_addr;
};

struct sockaddr_in {
  __u16 sin_family;
  __be16 sin_port;
  struct in_addr sin_addr;
};

struct sockaddr_in6 {
  struct in6_addr sin6_addr;
};

struct msghdr {
  void *msg_name; /* a copy, in the kernel; 0: none is given */
};

struct sockaddr_un {
  char sun_path[108];
};

struct unix_address {
  int len; /* of the whole sockaddr_un, whose first two bytes are the family */
  struct sockaddr_un name[1];
};

struct unix_sock {
  struct unix_address *addr; /* its own name; 0: none */
  struct path path; /* of the listener, and of what it has accepted */
  struct sock *peer;
};

struct sk_buff {
  struct sock *sk;
  char cb[48];
};

struct scm_fp_list {
  short count;
  struct file *fp[253];
};

struct unix_skb_parms { /* sk_buff.cb, of a unix socket's */
  struct scm_fp_list *fp;
};

#pragma clang attribute pop

#endif

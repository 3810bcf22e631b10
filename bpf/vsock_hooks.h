/* Connections between a machine and what it runs on, or what runs on it (vsock): seen when they are asked for. */
#ifndef PURPOSEWATCH_VSOCK_HOOKS_H
#define PURPOSEWATCH_VSOCK_HOOKS_H
#include "outlets.h"

struct sockaddr_vm { /* vsock(7), as far as it is of interest */
  __u16 svm_family;
  __u16 svm_reserved;
  __u32 svm_port;
  __u32 svm_cid;
};

/* (socket, address, length): of sockets of every kind. The address is in the kernel's memory. */
SEC("lsm/socket_connect")
int on_socket_connect(unsigned long long *ctx) {
  if (!fires(PW_HOOK_SOCKET_CONNECT)) return 0;
  struct sockaddr_vm address = {};
  if (ctx[2] < sizeof(address) || bpf_probe_read_kernel(&address, sizeof(address), (const void *)ctx[1]) ||
      address.svm_family != AF_VSOCK)
    return 0;
  struct outlet *outlet = outlet_of(bpf_get_current_task_btf());
  if (!outlet) return 0;
  outlet->address.word[0] = address.svm_cid;
  outlet->address.word[1] = 0;
  outlet->port = address.svm_port;
  outlet->protocol = PW_PROTOCOL_VSOCK;
  if (address.svm_cid == VMADDR_CID_LOCAL) outlet->flags = PW_OUTLET_LOCAL;
  tell_outlet(outlet);
  return 0;
}

#endif

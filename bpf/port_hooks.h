/* TCP: connections that are asked for, and sockets that begin to listen. */
#ifndef PURPOSEWATCH_PORT_HOOKS_H
#define PURPOSEWATCH_PORT_HOOKS_H
#include "own_files.h"

/* A function of its own, whose frame is not below the others'. */
static __noinline int tell_way(const struct request *request, __u64 sock, int is_local, int answers) {
  struct outlet *outlet = outlet_of(bpf_get_current_task_btf());
  if (!outlet) return 0;
  if (answers)
    fill_answering(outlet, sock, &request->from);
  else
    fill_connection(outlet, request, is_local);
  tell_outlet(outlet);
  return 0;
}

/* (sock, old state, new state) */
SEC("tp_btf/inet_sock_set_state")
int on_set_state(unsigned long long *ctx) {
  int listens = ctx[2] == TCP_LISTEN;
  if ((ctx[2] != TCP_SYN_SENT && !listens) || READ(struct sock, ctx[0], sk_protocol) != IPPROTO_TCP) return 0;
  if (!listens) count_fired(PW_HOOK_SET_STATE);
  struct request request = {.generation = *(volatile __u32 *)&generation};
  if (!request.generation || !read_ends(&request, ctx[0])) return 0;
  if (listens) return tell_way(&request, ctx[0], 0, 1);
  enum reach reach = reach_of(&request, ctx[0]);
  request.is_local = reach == THE_HOST;
  if (reach == NOWHERE || !is_stores_port(&request)) return tell_way(&request, ctx[0], reach != ELSEWHERE, 0);
  judge_request(&request);
  look_at_own_files();
  return 0;
}

#endif

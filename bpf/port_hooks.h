/* Connecting to a store over TCP: seen when the socket asks for the connection, in the name of whoever called, by whatever
 * call, io_uring and data that is sent along included. By then the kernel has chosen both addresses, so that no argument is
 * read. That nobody may listen there, or refuse, is not known yet: asking counts.
 *
 * Two sockets of one host meet when the address is one of the host's. In another network namespace, what loops back stays
 * there, and is none of the host's. */
#ifndef PURPOSEWATCH_PORT_HOOKS_H
#define PURPOSEWATCH_PORT_HOOKS_H
#include "observe.h"

struct request {
  struct pw_port_key to;
  struct pw_address from;
  __u64 subject;
  __u64 now;
  __u32 generation;
  __u32 store; /* index; PW_NO_STORE: user space looks which socket answers there */
  __u32 is_local;
  __u32 reserved;
};

#define IPV4_IN_IPV6 0xffff0000ULL /* the second word's first four bytes, little-endian: 00 00 ff ff */

static __always_inline void read_ipv4(struct pw_address *to, __be32 address) {
  to->word[0] = 0;
  to->word[1] = IPV4_IN_IPV6 | (__u64)address << 32;
}

static __always_inline void read_ipv6(struct pw_address *to, __u64 from) {
  to->word[0] = read_word(from);
  to->word[1] = read_word(from + sizeof(__u64));
}

/* Both ends; 0: neither IPv4 nor IPv6. */
static __always_inline int read_ends(struct request *request, __u64 sock) {
  __u64 common = sock + bpf_core_field_offset(struct sock, __sk_common);
  __u16 family = READ(struct sock_common, common, skc_family);
  if (family == AF_INET) {
    read_ipv4(&request->to.address, READ(struct sock_common, common, skc_daddr));
    read_ipv4(&request->from, READ(struct sock_common, common, skc_rcv_saddr));
  } else if (family == AF_INET6) {
    read_ipv6(&request->to.address, common + bpf_core_field_offset(struct sock_common, skc_v6_daddr));
    read_ipv6(&request->from, common + bpf_core_field_offset(struct sock_common, skc_v6_rcv_saddr));
  } else {
    return 0;
  }
  request->to.port = __builtin_bswap16(READ(struct sock_common, common, skc_dport));
  return 1;
}

/* 127.0.0.0/8 and ::1. */
static __always_inline int loops_back(const struct pw_address *address) {
  if (address->word[0]) return 0;
  return address->word[1] == 1ULL << 56 || (address->word[1] & 0xffffffffffULL) == (IPV4_IN_IPV6 | 127ULL << 32);
}

enum reach { NOWHERE, ELSEWHERE, THE_HOST };

/* What a socket of a network namespace gets to by that address. */
static __always_inline enum reach reach_of(const struct request *request, int is_hosts) {
  int stays = loops_back(&request->to.address) ||
              (request->from.word[0] == request->to.address.word[0] && request->from.word[1] == request->to.address.word[1]);
  if (stays) return is_hosts ? THE_HOST : NOWHERE;
  return bpf_map_lookup_elem(&own_addresses, &request->to.address) ? THE_HOST : ELSEWHERE;
}

/* The store that is served there: at this very address, or at any of the host's. At another address than the policy's, the
 * same socket may answer. */
static __always_inline int is_stores_port(struct request *request) {
  __u32 *store = table_port(request->generation, &request->to);
  struct pw_port_key at_others = {.port = request->to.port};
  if (!store && request->is_local) store = table_port(request->generation, &at_others);
  if (store) {
    request->store = *store;
    return 1;
  }
  at_others.is_shared = 1;
  request->store = PW_NO_STORE;
  return request->is_local && table_port(request->generation, &at_others);
}

static __always_inline int submit_connect(const struct request *request, __u64 actor) {
  struct pw_connect_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_without_file(&record->access, PW_RECORD_CONNECT, sizeof(*record), PW_CONNECT, request->subject, request->now,
                    actor);
  record->access.generation = request->generation;
  record->access.store = request->store;
  record->address = request->to.address;
  record->port = request->to.port;
  record->is_local = request->is_local;
  bpf_ringbuf_submit(record, wake_flag(request->now));
  return 1;
}

/* True when it is to be told. */
static __always_inline int decide_request(const struct request *request, const struct who *who, struct pw_task *state) {
  if (request->store == PW_NO_STORE) return 1;
  note_held(bpf_get_current_task_btf(), state, request->generation, request->store + 1);
  struct judgement judgement = {.generation = request->generation, .euid = who->euid, .egid = who->egid, .owner = (__u32)-1, /* nobody's */
                                .kinds = 1U << PW_CONNECT, .store = request->store};
  decide(&judgement, state, who->cgroup);
  return judgement.kinds != 0;
}

/* A global function, as is_in_store. */
__noinline int judge_request(struct request *request) {
  if (!request) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct who who = {.task = actor_of(current)};
  if (!who.task) return 0;
  identify_actor(&who, current);
  struct pw_task *state = task_state(current);
  look_for_tampering(current, state);
  if (!decide_request(request, &who, state)) return 0;
  identify_person(&who);
  request->now = bpf_ktime_get_boot_ns();
  __u64 subject = 0;
  subject_of(&subject, &who, state, request->now);
  request->subject = subject;
  count_seen(1U << PW_CONNECT, !(subject && submit_connect(request, who.task)));
  return 0;
}

/* (sock, old state, new state) */
SEC("tp_btf/inet_sock_set_state")
int on_set_state(unsigned long long *ctx) {
  if (ctx[2] != TCP_SYN_SENT || READ(struct sock, ctx[0], sk_protocol) != IPPROTO_TCP) return 0;
  count_fired(PW_HOOK_SET_STATE);
  struct request request = {.generation = *(volatile __u32 *)&generation};
  if (!request.generation || !read_ends(&request, ctx[0])) return 0;
  __u64 net = READ_ADDRESS(struct sock_common, ctx[0] + bpf_core_field_offset(struct sock, __sk_common), skc_net.net);
  enum reach reach = reach_of(&request, net == host_net);
  if (reach == NOWHERE) return 0;
  request.is_local = reach == THE_HOST;
  if (is_stores_port(&request)) judge_request(&request);
  return 0;
}

#endif

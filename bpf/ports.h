/* Connecting to a store over TCP: seen when the socket asks for the connection, in the name of whoever called, by whatever
 * call, io_uring and data that is sent along included. By then the kernel has chosen both addresses, so that no argument is
 * read. That nobody may listen there, or refuse, is not known yet: asking counts.
 *
 * Two sockets of one host meet when the address is one of the host's. In another network namespace, what loops back stays
 * there, and is none of the host's. */
#ifndef PURPOSEWATCH_PORTS_H
#define PURPOSEWATCH_PORTS_H
#include "outlets.h"

/* Both ends; 0: neither IPv4 nor IPv6. */
static __always_inline int read_ends(struct request *request, __u64 sock) {
  if (!read_peer(&request->to.address, &request->to.port, sock)) return 0;
  __u64 common = sock + bpf_core_field_offset(struct sock, __sk_common);
  if (READ(struct sock_common, common, skc_family) == AF_INET)
    read_ipv4(&request->from, READ(struct sock_common, common, skc_rcv_saddr));
  else
    read_ipv6(&request->from, common + bpf_core_field_offset(struct sock_common, skc_v6_rcv_saddr));
  return 1;
}

enum reach { NOWHERE, ELSEWHERE, THE_HOST };

/* What this socket gets to by that address. */
static __always_inline enum reach reach_of(const struct request *request, __u64 sock) {
  __u64 common = sock + bpf_core_field_offset(struct sock, __sk_common);
  int is_hosts = READ_ADDRESS(struct sock_common, common, skc_net.net) == host_net;
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

/* Returns its sequence; 0: there was no room. */
static __always_inline __u64 submit_connect(const struct request *request, __u64 actor) {
  struct pw_connect_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_without_file(&record->access, PW_RECORD_CONNECT, sizeof(*record), PW_CONNECT, request->subject, request->now,
                    actor);
  record->access.generation = request->generation;
  record->access.store = request->store;
  record->address = request->to.address;
  record->port = request->to.port;
  record->is_local = request->is_local;
  if (request->folds) record->access.flags = PW_ACCESS_FOLDS;
  __u64 sequence = record->access.sequence;
  bpf_ringbuf_submit(record, wake_flag(request->now));
  return sequence;
}

/* Returns whether it is told, or will be. `state`: the actor's, or null. */
static __always_inline int tell_request(struct request *request, struct who *who, struct pw_task *state) {
  enum pressure pressure = pressure_on(who, state, request->store, request->now);
  request->subject = turn_subject(pressure, who, state, request->now);
  if (!request->subject) return 0;
  struct pw_fold_key key = {.subject = request->subject,
                            .what = {request->to.address.word[0], request->to.address.word[1], request->store,
                                     (__u64)request->is_local << 32 | request->to.port},
                            .generation = request->generation, .kinds = 1U << PW_CONNECT, .type = PW_RECORD_CONNECT};
  enum turn turn = fold(&key, request->now);
  if (turn == COUNTED || pressure == FULL) return turn == COUNTED;
  request->folds = turn == TO_TELL_AND_FOLD;
  __u64 told = submit_connect(request, who->task);
  if (told && request->folds) begin_fold(&key, told);
  return told != 0;
}

/* True when it is to be told. */
static __always_inline int decide_request(const struct request *request, const struct who *who, struct pw_task *state) {
  if (request->store == PW_NO_STORE) return 1;
  note_held(bpf_get_current_task_btf(), state, request->generation, request->store + 1, 1U << PW_CONNECT);
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
  note_told(current);
  identify_person(&who);
  request->now = bpf_ktime_get_boot_ns();
  count_seen(1U << PW_CONNECT, !tell_request(request, &who, state));
  return 0;
}

/* A connection to no store. */
static __always_inline void fill_connection(struct outlet *outlet, const struct request *request, int is_local) {
  outlet->address = request->to.address;
  outlet->port = request->to.port;
  outlet->protocol = IPPROTO_TCP;
  outlet->flags = is_local ? PW_OUTLET_LOCAL : 0;
}

/* Whoever connects to a socket that listens gets what its process carries; likewise who has connected to it, if `sock` was
 * accepted. `own`: the socket's own end. */
static __always_inline void fill_answering(struct outlet *outlet, __u64 sock, const struct pw_address *own) {
  outlet->address = *own;
  outlet->port = READ(struct sock_common, sock + bpf_core_field_offset(struct sock, __sk_common), skc_num);
  outlet->protocol = IPPROTO_TCP;
  outlet->flags = PW_OUTLET_ANSWERS | (loops_back(own) ? PW_OUTLET_LOCAL : 0);
}

#endif

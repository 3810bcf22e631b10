/* Ways out of the host: connections and datagrams over IP that are no access to a store. Of interest when whoever asks for
 * one carries client data (held_stores.h); all others pay one look at their task storage, and who sends over a connection
 * that was asked for pays nothing.
 *
 * Told, not decided: where what may go is user space's to say. */
#ifndef PURPOSEWATCH_OUTLETS_H
#define PURPOSEWATCH_OUTLETS_H

#include "derived.h"
#include "observe.h"
#include "socket_types.h"
#include "told_once.h"
#include "workspace.h"

#define IPV4_IN_IPV6 0xffff0000ULL /* the second word's first four bytes, little-endian: 00 00 ff ff */

static __always_inline void read_ipv4(struct pw_address *to, __be32 address) {
  to->word[0] = 0;
  to->word[1] = IPV4_IN_IPV6 | (__u64)address << 32;
}

static __always_inline void read_ipv6(struct pw_address *to, __u64 from) {
  to->word[0] = read_word(from);
  to->word[1] = read_word(from + sizeof(__u64));
}

/* Where a socket is connected to; port 0: nowhere yet, or the protocol has none. Returns 0 when that is neither IPv4 nor
 * IPv6. */
static __always_inline int read_peer(struct pw_address *address, __u32 *port, __u64 sock) {
  __u64 common = sock + bpf_core_field_offset(struct sock, __sk_common);
  __u16 family = READ(struct sock_common, common, skc_family);
  if (family == AF_INET)
    read_ipv4(address, READ(struct sock_common, common, skc_daddr));
  else if (family == AF_INET6)
    read_ipv6(address, common + bpf_core_field_offset(struct sock_common, skc_v6_daddr));
  else
    return 0;
  *port = __builtin_bswap16(READ(struct sock_common, common, skc_dport));
  return 1;
}

/* 127.0.0.0/8 and ::1. */
static __always_inline int loops_back(const struct pw_address *address) {
  if (address->word[0]) return 0;
  return address->word[1] == 1ULL << 56 || (address->word[1] & 0xffffffffffULL) == (IPV4_IN_IPV6 | 127ULL << 32);
}

/* 0.0.0.0 and ::, by which a connection leads back to the host. */
static __always_inline int is_any(const struct pw_address *address) {
  return !address->word[0] && (address->word[1] & ~IPV4_IN_IPV6) == 0;
}

static __always_inline int is_of_host(const struct pw_address *address) {
  return loops_back(address) || is_any(address) || bpf_map_lookup_elem(&own_addresses, address);
}

/* Returns whether there was room. A global function, as is_in_store. */
__noinline int submit_disclosure(struct outlet *outlet) {
  if (!outlet) return 0;
  struct pw_disclosure_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  fill_without_file(&record->access, PW_RECORD_DISCLOSURE, sizeof(*record), PW_CONNECT, outlet->subject, outlet->now,
                    outlet->who.task);
  record->address = outlet->address;
  record->port = outlet->port;
  record->protocol = outlet->protocol;
  record->flags = outlet->flags;
  record->reserved = 0;
  record->carried = outlet->carried;
  if (outlet->folds) record->access.flags = PW_ACCESS_FOLDS;
  outlet->sequence = record->access.sequence;
  bpf_ringbuf_submit(record, wake_flag(outlet->now));
  return 1;
}

/* One for each store, and one for those that user space finds. */
static __always_inline __u64 stores_in(const struct pw_carried *carried) {
  __u64 stores = carried->read.others | carried->had.others;
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++)
    stores += __builtin_popcountll(carried->read.stores[word] | carried->had.stores[word]);
  return stores;
}

/* Who it is, described to user space; outlet->subject is 0 when there is no room, as there is none for another record when
 * outlet->pressure is FULL. A global function, as is_in_store. */
__noinline int describe_carrier(struct outlet *outlet) {
  if (!outlet) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  outlet->who.task = (__u64)current;
  identify_actor(&outlet->who, current);
  identify_person(&outlet->who);
  struct pw_task *state = task_state(current);
  look_for_tampering(current, state);
  outlet->now = bpf_ktime_get_boot_ns();
  outlet->pressure = pressure_on(&outlet->who, state, PW_NO_STORE, outlet->now);
  outlet->subject = turn_subject(outlet->pressure, &outlet->who, state, outlet->now);
  return 0;
}

static __always_inline __u64 mix_of(const struct pw_held *held) {
  __u64 mix = held->others;
#pragma clang loop unroll(full)
  for (int word = 0; word < PW_HELD_MAX / 64; word++) mix = pw_hash_word(mix, held->stores[word]);
  return mix;
}

static __always_inline __u64 mix_of_carried(const struct pw_carried *carried) {
  return mix_of(&carried->read) ^ pw_hash_word(1, mix_of(&carried->had));
}

/* An enum turn; once it has been told, this begins the fold. A global function, as is_in_store. */
__noinline int fold_outlet(struct outlet *outlet, __u32 is_told) {
  if (!outlet) return TO_TELL;
  struct pw_fold_key key = {.subject = outlet->subject,
                            .what = {outlet->address.word[0], outlet->address.word[1], mix_of_carried(&outlet->carried),
                                     (__u64)outlet->protocol << 32 | outlet->flags << 16 | outlet->port},
                            .generation = *(volatile __u32 *)&generation,
                            .type = PW_RECORD_DISCLOSURE};
  if (!is_told) return fold(&key, outlet->now);
  begin_fold(&key, outlet->sequence);
  return COUNTED;
}

/* Returns whether it is told, or will be. */
static __always_inline int tell_disclosure(struct outlet *outlet) {
  if (!outlet->subject) return 0;
  enum turn turn = fold_outlet(outlet, 0);
  if (turn == COUNTED || outlet->pressure == FULL) return turn == COUNTED;
  outlet->folds = turn == TO_TELL_AND_FOLD;
  int told = submit_disclosure(outlet);
  if (told && outlet->folds) fold_outlet(outlet, 1);
  return told;
}

static __always_inline int has_room(const struct outlet *outlet) {
  return outlet->subject && outlet->pressure != FULL;
}

static __always_inline void tell_outlet(struct outlet *outlet) {
  describe_carrier(outlet);
  count_accesses(stores_in(&outlet->carried), !tell_disclosure(outlet));
}

/* The current task's, filled with what it carries; null: nothing, or memory is short. The rest is the caller's to fill. */
static __always_inline struct outlet *outlet_of(struct task_struct *current) {
  if (!generation || current->tgid == agent_tgid) return 0;
  take_piped();
  if (!held_by(current, 0)) return 0;
  struct workspace *workspace = workspace_of(current);
  if (!workspace || !carried_by(current, &workspace->outlet.carried)) return 0;
  workspace->outlet.flags = 0;
  return &workspace->outlet;
}

/* --- datagrams ------------------------------------------------------------------------------------------------- */

/* Of a socket: the first to each address, and again when more is carried. */
struct datagrams {
  __u64 socket; /* its address, or its cookie */
  struct pw_address address;
  __u32 port;
  __u32 protocol;
  __u64 carried; /* mixed */
};

enum { DATAGRAMS_MAX = 4096 };

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, DATAGRAMS_MAX);
  __type(key, struct datagrams);
  __type(value, struct moment);
} told_datagrams PW_MAP;

/* The address and port are filled. */
static __always_inline void observe_datagram(struct outlet *outlet, __u64 socket, __u32 protocol) {
  outlet->protocol = protocol;
  if (protocol != IPPROTO_UDP && protocol != IPPROTO_UDPLITE) outlet->port = 0;
  struct datagrams datagrams = {.socket = socket, .address = outlet->address, .port = outlet->port,
                                .protocol = outlet->protocol,
                                .carried = mix_of_carried(&outlet->carried)};
  if (!is_new_for_process(&told_datagrams, &datagrams)) return;
  if (is_of_host(&outlet->address)) outlet->flags = PW_OUTLET_LOCAL;
  tell_outlet(outlet);
}

#endif

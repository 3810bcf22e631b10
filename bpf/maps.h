/* Every map and every global of the sensor, but for the workspaces (workspace.h).
 *
 * Policy tables come in two sets. User space fills the idle one, then sets `generation`: its lowest bit says
 * which set counts. A program reads `generation` once and keeps to that set, so no access is ever judged by
 * half a policy. */
#ifndef PURPOSEWATCH_MAPS_H
#define PURPOSEWATCH_MAPS_H

#include "abi.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define PW_MAP SEC(".maps")

/* A table of the policy: an outer array of the two sets, each a hash map of its own size.
 * Sizes instead of types, since clang leaves out of BTF what only an inner map mentions. */
#define PW_POLICY_HASH(table, key_type, value_type) \
  struct table##_set {                              \
    __uint(type, BPF_MAP_TYPE_HASH);                \
    __uint(max_entries, 1);                         \
    __uint(key_size, sizeof(key_type));             \
    __uint(value_size, sizeof(value_type));         \
  };                                                \
  struct {                                          \
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);       \
    __uint(max_entries, PW_GENERATIONS);            \
    __type(key, __u32);                             \
    __array(values, struct table##_set);            \
  } table PW_MAP

#define PW_POLICY_ARRAY(table, value_type)    \
  struct table##_set {                        \
    __uint(type, BPF_MAP_TYPE_ARRAY);         \
    __uint(max_entries, 1);                   \
    __uint(map_flags, BPF_F_INNER_MAP);       \
    __uint(key_size, sizeof(__u32));          \
    __uint(value_size, sizeof(value_type));   \
  };                                          \
  struct {                                    \
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
    __uint(max_entries, PW_GENERATIONS);      \
    __type(key, __u32);                       \
    __array(values, struct table##_set);      \
  } table PW_MAP

/* Which store: anchors by inode, then the automaton over names. */
PW_POLICY_HASH(anchors, struct pw_inode_key, struct pw_anchor);
PW_POLICY_ARRAY(states, struct pw_state);
PW_POLICY_HASH(edges, struct pw_edge_key, struct pw_target);
PW_POLICY_ARRAY(globs, struct pw_glob);
PW_POLICY_ARRAY(glob_targets, __u32);

PW_POLICY_HASH(ports, struct pw_port_key, __u32); /* index of the store */

/* Which service, and what it may. */
PW_POLICY_HASH(candidates, __u32, struct pw_candidates); /* by program */
PW_POLICY_ARRAY(services, struct pw_service);
PW_POLICY_HASH(units, __u64, struct pw_units); /* by cgroup id */
PW_POLICY_HASH(origins, struct pw_origin_key, __u32); /* there or not */
PW_POLICY_HASH(permits, struct pw_permit_key, struct pw_permit);
PW_POLICY_ARRAY(store_numbers, __u32); /* of a store, the number that it has over all generations */

/* Programs of the policy by inode. Not in two sets: a task keeps the number it was stamped with at exec, so
 * the numbers outlive a reload. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pw_inode_key);
  __type(value, __u32);
} programs PW_MAP;

/* Scripts of the policy by name, likewise. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pw_script_name);
  __type(value, struct pw_script);
} scripts PW_MAP;

/* All scripts that were started lately, of the policy or not. */
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, struct pw_inode_key);
  __type(value, struct pw_script_place);
} script_places PW_MAP;

/* The host's own internet addresses, but for those that loop back. Not the policy's either. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, PW_OWN_ADDRESSES_MAX);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pw_address);
  __type(value, __u32);
} own_addresses PW_MAP;

/* Nor in two sets: programs add to it. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, PW_MARKS_MAX);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, struct pw_inode_key);
  __type(value, struct pw_mark);
} marks PW_MAP;

/* Accesses that were permitted here, by slot: user space knows which permit and kind a slot stands for. The
 * size is set at load. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} permitted PW_MAP;

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct pw_task);
} tasks PW_MAP;

/* Of leaders that were tampered with (tampering.h). */
struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct pw_tampering);
} tamperings PW_MAP;

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 21); /* bytes */
} records PW_MAP;

/* Read by user space through the mapped .bss, hence no call per look. */
struct pw_cpu_stats cpu_stats[PW_CPUS_MAX] = {};
__u64 anchor_filter[PW_GENERATIONS][PW_FILTER_WORDS] = {};
__u32 filter_shift[PW_GENERATIONS] = {}; /* of a hash, to the number of its bit: as many bits as the anchors need */
__u64 name_filter[PW_GENERATIONS][PW_NAME_SETS] = {}; /* by an anchor's inode: the names below it that may lead on */
__u64 device_filter[PW_GENERATIONS] = {}; /* one bit for each device that holds anchors */
__u64 open_seconds[PW_GENERATIONS][PW_WINDOWS_MAX] = {}; /* of windows (pw_is_open) */
__u32 generation = 0; /* 0: no policy yet */
__u64 last_sequence = 0;
__u64 last_subject = 0;
__u32 marks_left_out = 0; /* there was no room for so many: what the filter knows, and no table, is user space's */
__u64 stands_in_for = 0; /* a task: what the agent does now counts as that task's (held_files.h) */
__u32 tampering_epoch = 0; /* changes with every process that is tampered with */
__u32 terminals_are_noted = 0; /* a store asks for it */
__u64 fades_after_ns = 0; /* what a process has read is not carried any more when it has touched nothing for so long; 0: for good */
__u64 host_root = 0; /* the agent's root directory, a dentry; 0: not known yet */
__u64 host_net = 0; /* its network namespace */
__u64 host_user_ns = 0; /* the user namespace that its mount namespace belongs to */
__u32 cores_go_to_program = 0; /* kernel.core_pattern names one, or a socket */
__u32 agent_tgid = 0; /* the agent itself is no subject; 0: there is none, and what is told waits for the next */
__u64 reader_since_ns = 0; /* boot time: who was described before, the next agent may not know */
__u64 told_lost = 0; /* user space's: of what was lost, how much it has told */
__u64 told_missed = 0;
__u64 told_sequence = 0; /* user space's: it has read up to there */
__u64 instance = 0; /* a random number of this set of maps */
__u32 stand_in_acts = 0; /* the hooks of lsm or fentry are silent, and programs at system calls tell in their place */
__u64 unlocked_until_ns = 0; /* boot time: nothing is refused before (protect.h) */
struct pw_inode_key agent_exe = {}; /* the agent's program */
__u32 pins_device = 0; /* the file system that the sensor is pinned in: the kernel's number of it; 0: in none */
__u32 runs_32_bit = 0; /* a 32-bit program was seen: its calls need on_sys_exit */

/* Always 0, but the verifier cannot know. A counter of a bpf_loop that starts from it converges at once; one that
 * starts from a constant makes a new state of every value, and loops within loops then exceed the verifier's
 * limit. */
__u32 unknown_zero = 0;

/* Set before load. */
const volatile __u32 host_mounts = 0;       /* the mount namespace whose mounts count: its inode's number */
const volatile __u8 typed_loads = 0;        /* the kernel has bpf_rdonly_cast (6.2) */
const volatile __u8 finds_tasks = 0;        /* the kernel has bpf_task_from_vpid (6.13) */
const volatile __u8 layers_are_pairs = 0;   /* of an overlay file (6.13) */
const volatile __u8 is_fentry = 0;          /* the hooks of lsm are the functions that call them */
const volatile __u8 setattr_has_idmap = 0;  /* inode_setattr: the dentry is the second argument */
const volatile __u8 exec_is_observed = 0;   /* sched_process_exec reports `exec` accesses (syscalls backend) */
const volatile __u8 open_calls_are_traced = 0; /* by on_open_call, so that on_sys_exit only takes 32-bit calls */
const volatile __u8 protects = 0;           /* what would harm the agent is refused (protect.h): lsm only */
const volatile __u8 is_stand_in = 0;        /* this object's programs tell only while stand_in_acts */
const volatile __u8 arrivals_are_traced = 0;   /* by on_data_ready, so that the results of connects only tell of datagrams */
const volatile __u64 wake_interval_ns = 5000000;

static __always_inline struct pw_cpu_stats *stats(void) {
  return &cpu_stats[bpf_get_smp_processor_id() & (PW_CPUS_MAX - 1)];
}

/* Shows that a hook is alive: a count that is lost to a preemption does no harm. */
static __always_inline void count_fired(enum pw_hook hook) {
  stats()->fired[hook]++;
}

/* For the hooks of which a kernel may have two kinds attached, lsm's and those at system calls: true when this one is to tell. */
static __always_inline int fires(enum pw_hook hook) {
  count_fired(hook);
  return *(volatile __u32 *)&stand_in_acts == is_stand_in;
}

/* The set of a generation: `table_of(&permits, generation)`. */
static __always_inline void *table_of(void *outer, __u32 of_generation) {
  __u32 set = of_generation & (PW_GENERATIONS - 1);
  return bpf_map_lookup_elem(outer, &set);
}

#endif

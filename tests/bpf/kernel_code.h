/* bpf/automaton.h and bpf/decide.h as functions of the host, and the look-ups that they stand on there. */
#ifndef PURPOSEWATCH_TESTS_KERNEL_CODE_H
#define PURPOSEWATCH_TESTS_KERNEL_CODE_H

#include "bpf/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The code under test. */
void kernel_enter(__u32 generation, struct pw_target* at, __u32 number);
void kernel_step_down(__u32 generation, struct pw_target* at, const struct pw_state* state, const char* name,
                      __u32 length);
/* False: it is no literal that starts here. */
int kernel_step_by_literal(__u32 generation, struct pw_target* at, __u64 names, const char* name,
                           __u32 length);
__u32 kernel_undecided_kinds(struct pw_task* task, __u32 generation, __u32 euid, __u32 egid, __u64 cgroup,
                             __u16 store, __u32 owner, __u32 kinds);

/* What it asks for, and what HostKernel answers (in the kernel: bpf/lookups.h). */
struct pw_state* table_state(__u32 generation, __u32 number);
struct pw_target* table_edge(__u32 generation, const struct pw_edge_key* key);
struct pw_glob* table_glob(__u32 generation, __u32 number);
__u32* table_glob_target(__u32 generation, __u32 number);
struct pw_candidates* table_candidates(__u32 generation, __u32 program);
struct pw_service* table_service(__u32 generation, __u32 number);
struct pw_units* table_units(__u32 generation, __u64 cgroup);
__u32* table_origin(__u32 generation, const struct pw_origin_key* key);
struct pw_permit* table_permit(__u32 generation, const struct pw_permit_key* key);
int window_is_open(__u32 generation, __u32 number);
void count_permitted(__u32 slot);

#ifdef __cplusplus
}
#endif

#endif

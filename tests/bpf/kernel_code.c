/* The very code that runs in the kernel, over plain loops and plain memory. */
#include "tests/bpf/kernel_code.h"

#include <stdint.h>
#include <string.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

static const __u32 unknown_zero = 0;

/* As bpf_loop: function(index, context) until it returns other than 0. */
static void repeat(__u32 count, long (*function)(__u32, void*), void* context) {
  for (__u32 index = 0; index < count; index++)
    if (function(index, context)) return;
}

/* As bpf_probe_read_kernel_str: up to the NUL, or size - 1 bytes; always terminated. */
static void read_string(char* to, __u32 size, __u64 address) {
  const char* from = (const char*)(uintptr_t)address;
  __u32 length = 0;
  for (; length < size - 1 && from[length]; length++) to[length] = from[length];
  to[length] = '\0';
}

/* As bpf/lookups.h's. */
static __u64 name_word(__u64 name, __u32 length, __u32 word) {
  const __u32 start = word * 8;
  __u64 bytes = 0;
  if (start < length)
    memcpy(&bytes, (const char*)(uintptr_t)name + start, length - start < 8 ? length - start : 8);
  return bytes;
}

/* As bpf/lookups.h's. */
static int may_have_name(__u64 names, __u64 address, __u32 length) {
  return (names & pw_name_bit(name_word(address, length, 0), length)) != 0;
}

/* As bpf/lookups.h's: zero-filled. */
static void read_name(char* to, __u64 address, __u32 length) {
  const char* from = (const char*)(uintptr_t)address;
  for (__u32 i = 0; i < PW_COMPONENT_INLINE + 1; i++)
    to[i] = i < length && i < PW_COMPONENT_INLINE ? from[i] : '\0';
}

#include "bpf/automaton.h"
#include "bpf/decide.h"

void kernel_enter(__u32 generation, struct pw_target* at, __u32 number) {
  enter(generation, at, number);
}

void kernel_step_down(__u32 generation, struct pw_target* at, const struct pw_state* state, const char* name,
                      __u32 length) {
  step_down(generation, at, state, (__u64)(uintptr_t)name, length);
}

int kernel_step_by_literal(__u32 generation, struct pw_target* at, __u64 names, const char* name,
                           __u32 length) {
  return may_have_name(names, (__u64)(uintptr_t)name, length) &&
         step_by_literal(generation, at, (__u64)(uintptr_t)name, length);
}

__u32 kernel_undecided_kinds(struct pw_task* task, __u32 generation, __u32 euid, __u32 egid, __u64 cgroup,
                             __u16 store, __u32 owner, __u32 kinds) {
  struct judgement judgement = {
      .generation = generation, .euid = euid, .egid = egid, .owner = owner, .kinds = kinds, .store = store};
  decide(&judgement, task, cgroup);
  return judgement.kinds;
}

/* The ways in on kernels that refuse LSM and fentry programs: the results of the system calls that open files, or take
 * them out of another process (pidfd_getfd).
 *
 * on_open_call stands at the tracepoints of those calls alone: as soon as any system call is traced, each call of
 * every task takes the kernel's slow path, but one that is not an open then leaves without running a program
 * (+20 ns for getpid instead of +50). These tracepoints do not fire for 32-bit calls, which on_sys_exit sees: at the
 * tracepoint of all calls, hence attached only once a 32-bit program runs, or where the kernel has no other.
 *
 * The file is taken from the caller's descriptor table, never from the path argument, which another thread may
 * rewrite while the call runs. */
#ifndef PURPOSEWATCH_OPEN_CALLS_H
#define PURPOSEWATCH_OPEN_CALLS_H
#include "connect_calls.h"
#include "memory_calls.h"
#include "object_guard.h"

enum { CALL_PIDFD_GETFD = 438 }; /* of 32-bit programs, too */

static __always_inline void returned(struct task_struct *current, __u64 call, long result) {
  enum way way = call == CALL_PIDFD_GETFD ? PW_RECEIVED : PW_OPENED;
  if (result < 0) {
    if (way == PW_OPENED) count_refused(result);
    return;
  }
  __u64 file = file_of_descriptor(current, result);
  if (!file) return;
  if (way == PW_OPENED) {
    observe_opened(file);
  } else {
    got_object(file);
    follow(file, observe(file, way));
  }
}

/* Attached to each of the calls that agent/kernel/system_calls.cc lists. */
SEC("tracepoint")
int on_open_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_OPEN_CALL)) return 0;
  returned(bpf_get_current_task_btf(), ctx->call, ctx->result);
  return 0;
}

/* x86-64 and i386: open, creat, openat, openat2, open_by_handle_at, pidfd_getfd. */
static __always_inline int is_open_64(__u64 call) {
  return call == 257 || call == 2 || call == 437 || call == 85 || call == 304 || call == CALL_PIDFD_GETFD;
}
static __always_inline int is_open_32(__u64 call) {
  return call == 295 || call == 5 || call == 437 || call == 8 || call == 342 || call == CALL_PIDFD_GETFD;
}

enum { CALL_CONNECT = 42, CALL_32_SOCKETCALL = 102, CALL_32_CONNECT = 362, SOCKETCALL_CONNECT = 3 };

/* The descriptor that a call of another register set connects, or -1. The old socketcall(2) has its arguments in the
 * caller's memory. */
static __always_inline int connected_by(__u64 call, const struct pt_regs *registers, __u32 is_32_bit) {
  if (!is_32_bit) return call == CALL_CONNECT ? (int)registers->di : -1;
  if (call == CALL_32_CONNECT) return registers->bx;
  if (call != CALL_32_SOCKETCALL || (__u32)registers->bx != SOCKETCALL_CONNECT) return -1;
  int descriptor = -1;
  bpf_probe_read_user(&descriptor, sizeof(descriptor), (const void *)(__u64)(__u32)registers->cx);
  return descriptor;
}

SEC("tp_btf/sys_exit")
int on_sys_exit(unsigned long long *ctx) {
  struct task_struct *current = bpf_get_current_task_btf();
  __u32 is_32_bit = current->thread_info.status & TS_COMPAT;
  if (open_calls_are_traced && !is_32_bit) return 0;
  __u64 call = READ(struct pt_regs, ctx[0], orig_ax);
  int connected = connected_by(call, (struct pt_regs *)bpf_task_pt_regs(current), is_32_bit);
  if (connected >= 0 && !ctx[1]) {
    if (!fires(PW_HOOK_SYS_EXIT)) return 0;
    __u64 file = file_of_descriptor(current, connected);
    observe_connected(file);
    return 0;
  }
  if (is_32_bit ? !is_open_32(call) : !is_open_64(call)) return 0;
  if (!fires(PW_HOOK_SYS_EXIT)) return 0;
  returned(current, call, ctx[1]);
  return 0;
}

#endif

/* The way in on kernels that refuse LSM and fentry programs: the result of the system calls that open files.
 *
 * The file is taken from the caller's descriptor table, never from the path argument, which another thread may
 * rewrite while the call runs. Any tracepoint on system calls taxes all of them, so what is not an open leaves
 * after two comparisons. */
#ifndef PURPOSEWATCH_SYS_EXIT_H
#define PURPOSEWATCH_SYS_EXIT_H
#include "observe.h"

/* x86-64 and, for 32-bit programs, i386: open, creat, openat, openat2, open_by_handle_at. */
static __always_inline int is_open_64(__u64 call) {
  return call == 257 || call == 2 || call == 437 || call == 85 || call == 304;
}
static __always_inline int is_open_32(__u64 call) {
  return call == 295 || call == 5 || call == 437 || call == 8 || call == 342;
}

SEC("tp_btf/sys_exit")
int on_sys_exit(unsigned long long *ctx) {
  __u64 call = READ(struct pt_regs, ctx[0], orig_ax);
  if (!is_open_64(call) && !is_open_32(call)) return 0;

  __u64 task = (__u64)bpf_get_current_task_btf();
  __u32 status = READ(struct task_struct, task, thread_info.status);
  if (status & TS_COMPAT ? !is_open_32(call) : !is_open_64(call)) return 0;
  __sync_fetch_and_add(&stats()->fired[PW_HOOK_SYS_EXIT], 1);

  long result = ctx[1];
  if (result < 0) {
    if (result == -EACCES || result == -EPERM) __sync_fetch_and_add(&stats()->denied, 1);
    return 0;
  }
  __u64 files = READ_ADDRESS(struct task_struct, task, files);
  if (!files) return 0;
  __u64 table = READ_ADDRESS(struct files_struct, files, fdt);
  __u64 slots = READ_ADDRESS(struct fdtable, table, fd);
  if (result >= READ(struct fdtable, table, max_fds)) return 0;
  __u64 file = 0;
  bpf_probe_read_kernel(&file, sizeof(file), (void *)(slots + result * sizeof(file)));
  if (file) observe(file, 0);
  return 0;
}

#endif

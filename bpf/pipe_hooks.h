/* Reading from a pipe that carries client data, on kernels that allow fentry programs. Elsewhere nobody tells; there a member
 * of a pipeline is asked when it connects, opens something or ends (derived.h). */
#ifndef PURPOSEWATCH_PIPE_HOOKS_H
#define PURPOSEWATCH_PIPE_HOOKS_H
#include "own_files.h"

static __always_inline int observe_pipe_read(__u64 request) {
  if (!fires(PW_HOOK_PIPE_READ)) return 0;
  if (!*(volatile __u32 *)&pipes_carry) return 0;
  __u64 file = READ_ADDRESS(struct kiocb, request, ki_filp);
  struct task_struct *current = bpf_get_current_task_btf();
  if (current->tgid == agent_tgid) return 0;
  if (take_derived(READ_ADDRESS(struct file, file, f_inode))) look_at_own_files();
  return 0;
}

/* (kiocb, iov_iter): at the end of the call, since what is read may have come while it waited. Since 6.15 there are two
 * functions. */
#define PW_PIPE_READER(function)             \
  SEC("fexit/" #function)                    \
  int on_##function(unsigned long long *ctx) { \
    return observe_pipe_read(ctx[0]);        \
  }

PW_PIPE_READER(pipe_read)
PW_PIPE_READER(anon_pipe_read)
PW_PIPE_READER(fifo_pipe_read)

#endif

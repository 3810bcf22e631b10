/* Descriptors that arrive in a message (SCM_RIGHTS), on kernels that refuse LSM and fentry programs.
 *
 * Neither the control message in the receiver's memory nor its descriptor table is to be trusted after the call: another
 * thread may rewrite the one and swap what is in the other. But on the way to the receiver the data of every message is
 * copied, in its own context, while the files still hang on the message itself, out of anybody's reach. Programs at the
 * tracepoint of that copy cost only who receives messages, and where a message is no unix socket's, two loads. */
#ifndef PURPOSEWATCH_MESSAGES_H
#define PURPOSEWATCH_MESSAGES_H
#include "observe.h"
#include "socket_types.h"
#include "workspace.h"

/* Calls that receive data alone, and leave the descriptors behind: read, readv, recvfrom. */
static __always_inline int is_without_control(__u64 call) {
  return call == 0 || call == 19 || call == 45;
}

/* Will the files become descriptors of the current task? io_uring receives in its own workers, and, where it had to wait, at
 * the end of any call of the submitter's. */
static __always_inline int takes_descriptors(struct task_struct *current) {
  if (current->flags & PF_IO_WORKER || current->thread_info.status & TS_COMPAT) return 1;
  if (bpf_core_field_exists(current->io_uring) && current->io_uring) return 1;
  __u64 registers = bpf_task_pt_regs(current);
  return !is_without_control(READ(struct pt_regs, registers, orig_ax));
}

enum { PASSED_FILES_MAX = 253 }; /* the kernel's SCM_MAX_FD */

/* (message, length) */
SEC("tp_btf/skb_copy_datagram_iovec")
int on_copy_message(unsigned long long *ctx) {
  struct sk_buff *message = (struct sk_buff *)ctx[0];
  struct sock *sender = message->sk;
  if (!sender || sender->__sk_common.skc_family != AF_UNIX) return 0;
  __u64 control = ctx[0] + bpf_core_field_offset(struct sk_buff, cb);
  __u64 list = READ_ADDRESS(struct unix_skb_parms, control, fp);
  if (!list) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  if (!takes_descriptors(current)) return 0;
  if (!fires(PW_HOOK_COPY_MESSAGE)) return 0;
  struct workspace *workspace = workspace_of(current);
  if (!workspace) return 0;
  __u32 count = READ(struct scm_fp_list, list, count);
  /* Not bpf_loop: its callback would be one frame too many. */
  for (__u32 i = 0; i < count && i < PASSED_FILES_MAX; i++)
    observe_at(&workspace->location,
               read_word(list + bpf_core_field_offset(struct scm_fp_list, fp) + i * sizeof(__u64)), PW_RECEIVED);
  return 0;
}

#endif

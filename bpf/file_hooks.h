/* The ways in on kernels that allow LSM or fentry programs. Written as LSM programs; for the fentry backend the very same
 * programs are retargeted before load. */
#ifndef PURPOSEWATCH_FILE_HOOKS_H
#define PURPOSEWATCH_FILE_HOOKS_H
#include "layers.h"

/* Every open, by whatever system call, io_uring included, after the kernel's own checks have agreed. */
SEC("lsm/file_open")
int on_file_open(unsigned long long *ctx) {
  count_fired(PW_HOOK_FILE_OPEN);
  __u64 file = ctx[0];
  if (((struct file *)ctx[0])->f_mode & FMODE_NOACCOUNT) {
    observe_layer(file);
  } else {
    observe(file, PW_OPENED);
  }
  return 0;
}

/* A descriptor that somebody else opened: sent over a unix socket, or taken by pidfd_getfd. In the receiver's context. */
SEC("lsm/file_receive")
int on_file_receive(unsigned long long *ctx) {
  count_fired(PW_HOOK_FILE_RECEIVE);
  observe(ctx[0], PW_RECEIVED);
  return 0;
}

#endif

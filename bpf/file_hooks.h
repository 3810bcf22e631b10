/* The ways in on kernels that allow LSM or fentry programs. Written as LSM programs; for the fentry backend the very same
 * programs are retargeted before load. */
#ifndef PURPOSEWATCH_FILE_HOOKS_H
#define PURPOSEWATCH_FILE_HOOKS_H
#include "agent_guard.h"
#include "layers.h"
#include "own_files.h"

/* Every open, by whatever system call, io_uring included, after the kernel's own checks have agreed. */
SEC("lsm/file_open")
int on_file_open(unsigned long long *ctx) {
  if (!fires(PW_HOOK_FILE_OPEN)) return 0;
  __u64 file = ctx[0];
  struct file *opened = (struct file *)ctx[0];
  __u32 mode = opened->f_mode;
  if (mode & FMODE_NOACCOUNT) {
    observe_layer(file);
    return 0;
  }
  follow(file, observe(file, PW_OPENED));
  if (mode & FMODE_WRITE && opened->f_inode->i_sb->s_magic == PROC_SUPER_MAGIC) return verdict(guard_settings(&file));
  return refused_by_now();
}

/* A descriptor that somebody else opened: sent over a unix socket, or taken by pidfd_getfd. In the receiver's context. */
SEC("lsm/file_receive")
int on_file_receive(unsigned long long *ctx) {
  if (!fires(PW_HOOK_FILE_RECEIVE)) return 0;
  follow(ctx[0], observe(ctx[0], PW_RECEIVED));
  return refused_by_now();
}

#endif

/* The way in on kernels that allow LSM or fentry programs: security_file_open sees every open, by whatever system
 * call, io_uring included, after the kernel's own checks have agreed. Written as an LSM program; for the fentry
 * backend the very same program is retargeted before load. */
#ifndef PURPOSEWATCH_FILE_OPEN_H
#define PURPOSEWATCH_FILE_OPEN_H
#include "observe.h"

SEC("lsm/file_open")
int on_file_open(unsigned long long *ctx) {
  count_fired(PW_HOOK_FILE_OPEN);
  observe(ctx[0], 0);
  return 0;
}

#endif

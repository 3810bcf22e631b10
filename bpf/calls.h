/* What a system call does to names and attributes: by its number in 64-bit programs and in 32-bit ones, and by the opcode of
 * a request to io_uring. Writing is not here: it was asked for when the file was opened. */
#ifndef PURPOSEWATCH_CALLS_H
#define PURPOSEWATCH_CALLS_H

#include "read.h"
#include "uring_types.h"

enum operation {
  OP_NONE,
  OP_DELETE, /* unlink, rmdir */
  OP_RENAME,
  OP_LINK,
  OP_MAKE, /* mkdir, mknod, symlink, and bind of a unix socket */
  OP_ATTR, /* mode, owner, times, extended attributes, ACL */
  OP_LENGTH, /* truncate, fallocate */
};

enum { CALLS_MAX = 512 };

/* arch/x86/entry/syscalls/syscall_64.tbl */
static const volatile __u8 operations_64[CALLS_MAX] = {
    [87] = OP_DELETE,  [84] = OP_DELETE,  [263] = OP_DELETE, [82] = OP_RENAME,  [264] = OP_RENAME, [316] = OP_RENAME,
    [86] = OP_LINK,    [265] = OP_LINK,   [83] = OP_MAKE,    [258] = OP_MAKE,   [133] = OP_MAKE,   [259] = OP_MAKE,
    [88] = OP_MAKE,    [266] = OP_MAKE,   [49] = OP_MAKE,    [90] = OP_ATTR,    [91] = OP_ATTR,    [268] = OP_ATTR,
    [452] = OP_ATTR,   [92] = OP_ATTR,    [93] = OP_ATTR,    [94] = OP_ATTR,    [260] = OP_ATTR,   [132] = OP_ATTR,
    [235] = OP_ATTR,   [261] = OP_ATTR,   [280] = OP_ATTR,   [188] = OP_ATTR,   [189] = OP_ATTR,   [190] = OP_ATTR,
    [197] = OP_ATTR,   [198] = OP_ATTR,   [199] = OP_ATTR,   [463] = OP_ATTR,   [466] = OP_ATTR,   [76] = OP_LENGTH,
    [77] = OP_LENGTH,  [285] = OP_LENGTH,
};

/* arch/x86/entry/syscalls/syscall_32.tbl */
static const volatile __u8 operations_32[CALLS_MAX] = {
    [10] = OP_DELETE,  [40] = OP_DELETE,  [301] = OP_DELETE, [38] = OP_RENAME,  [302] = OP_RENAME, [353] = OP_RENAME,
    [9] = OP_LINK,     [303] = OP_LINK,   [39] = OP_MAKE,    [296] = OP_MAKE,   [14] = OP_MAKE,    [297] = OP_MAKE,
    [83] = OP_MAKE,    [304] = OP_MAKE,   [361] = OP_MAKE,   [102] = OP_MAKE,   [15] = OP_ATTR,    [94] = OP_ATTR,
    [306] = OP_ATTR,   [452] = OP_ATTR,   [182] = OP_ATTR,   [212] = OP_ATTR,   [16] = OP_ATTR,    [198] = OP_ATTR,
    [95] = OP_ATTR,    [207] = OP_ATTR,   [298] = OP_ATTR,   [30] = OP_ATTR,    [271] = OP_ATTR,   [299] = OP_ATTR,
    [320] = OP_ATTR,   [412] = OP_ATTR,   [226] = OP_ATTR,   [227] = OP_ATTR,   [228] = OP_ATTR,   [235] = OP_ATTR,
    [236] = OP_ATTR,   [237] = OP_ATTR,   [463] = OP_ATTR,   [466] = OP_ATTR,   [92] = OP_LENGTH,  [193] = OP_LENGTH,
    [93] = OP_LENGTH,  [194] = OP_LENGTH, [324] = OP_LENGTH,
};

enum { REQUESTS_MAX = 256 }; /* an opcode is a byte */

/* enum io_uring_op of linux/io_uring.h */
static const volatile __u8 operations_of_rings[REQUESTS_MAX] = {
    [36] = OP_DELETE, [35] = OP_RENAME, [39] = OP_LINK, [37] = OP_MAKE,   [38] = OP_MAKE,
    [56] = OP_MAKE,   [42] = OP_ATTR,   [41] = OP_ATTR, [17] = OP_LENGTH, [55] = OP_LENGTH,
};

static __always_inline enum operation operation_of_call(__u64 call, int is_32_bit) {
  if (call >= CALLS_MAX) return OP_NONE;
  return is_32_bit ? operations_32[call & (CALLS_MAX - 1)] : operations_64[call & (CALLS_MAX - 1)];
}

static __always_inline enum operation operation_of_request(__u8 opcode) {
  return operations_of_rings[opcode];
}

enum { NO_CALL = 0xffffffff };
#define CALL_OF_32_BITS (1ULL << 32)

/* The request that a worker of io_uring is at; 0: none. What changes names or attributes is always left to a worker. */
static __always_inline __u64 request_of(struct task_struct *current) {
  __u64 worker = (__u64)current->worker_private;
  __u64 work = worker ? READ_ADDRESS(struct io_worker, worker, cur_work) : 0;
  return work ? work - bpf_core_field_offset(struct io_kiocb, work) : 0;
}

/* The system call that the current task is in. */
static __always_inline __u64 call_of(struct task_struct *current) {
  __u64 registers = bpf_task_pt_regs(current);
  __u64 call = (__u32)READ(struct pt_regs, registers, orig_ax);
  return current->thread_info.status & TS_COMPAT ? call | CALL_OF_32_BITS : call;
}

#endif

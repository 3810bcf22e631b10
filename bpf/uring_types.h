/* The kernel's types of io_uring, as far as they are read here: as kernel_types.h. */
#ifndef PURPOSEWATCH_URING_TYPES_H
#define PURPOSEWATCH_URING_TYPES_H

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct io_cqe {
  __s32 res;
};

struct io_wq_work {
  __u32 cancel_seq; /* since 6.13 */
};

struct io_worker { /* task_struct.worker_private */
  struct io_wq_work *cur_work;
};

struct io_kiocb {
  struct file *file; /* that it works on */
  __u8 opcode;
  __u64 flags;
  struct io_wq_work work;
  struct io_cqe cqe;
};

struct io_open { /* the beginning of a request that opens */
  __u32 file_slot; /* number + 1 in the ring's table; 0: not there */
};

struct io_file_table {
  struct io_fixed_file *files;
};

struct io_ring_ctx { /* until 6.12 */
  unsigned int nr_user_files;
  struct io_file_table file_table;
};

struct io_rsrc_node {
  unsigned long file_ptr;
};

struct io_rsrc_data {
  unsigned int nr;
  struct io_rsrc_node **nodes;
};

struct io_file_table___6_13 {
  struct io_rsrc_data data;
};

struct io_ring_ctx___6_13 {
  struct io_file_table___6_13 file_table;
};

#pragma clang attribute pop

#endif

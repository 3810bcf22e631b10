/* Opens through io_uring, on kernels that refuse LSM and fentry programs: seen when the request completes, by the task that
 * submitted it, by its worker, or by the ring's polling thread. All of them share the submitter's descriptors and number.
 *
 * A direct descriptor is in no descriptor table, only in the ring's own. A request that asks for no completion passes
 * unseen. */
#ifndef PURPOSEWATCH_RING_OPENS_H
#define PURPOSEWATCH_RING_OPENS_H
#include "connect_calls.h"
#include "memory_calls.h"
#include "uring_types.h"

/* Requests that open: openat, openat2. */
static __always_inline int is_open_request(__u32 opcode) {
  return opcode == IORING_OP_OPENAT || opcode == IORING_OP_OPENAT2;
}

/* The file at a place of the ring's own table; 0: none. The address has flags in its lowest bits. */
static __always_inline __u64 file_of_ring(__u64 ring, __u32 slot) {
  __u64 file = 0;
  if (bpf_core_field_exists(((struct io_ring_ctx___6_13 *)0)->file_table.data)) {
    if (slot >= READ(struct io_ring_ctx___6_13, ring, file_table.data.nr)) return 0;
    __u64 nodes = READ_ADDRESS(struct io_ring_ctx___6_13, ring, file_table.data.nodes);
    __u64 node = read_word(nodes + slot * sizeof(node));
    if (node) file = READ(struct io_rsrc_node, node, file_ptr);
  } else {
    if (slot >= READ(struct io_ring_ctx, ring, nr_user_files)) return 0;
    file = read_word(READ_ADDRESS(struct io_ring_ctx, ring, file_table.files) + slot * sizeof(file));
  }
  return file & ~7ULL;
}

/* (ring, request, ...): what follows differs between kernels, so the result is taken from the request. Completions that are
 * nobody's own have none. */
SEC("tp_btf/io_uring_complete")
int on_ring_complete(unsigned long long *ctx) {
  __u64 request = ctx[1];
  __u32 opcode = request ? READ(struct io_kiocb, request, opcode) : 0;
  if (opcode != IORING_OP_CONNECT && !is_open_request(opcode)) return 0;
  if (!fires(PW_HOOK_RING_COMPLETE)) return 0;
  int result = READ(struct io_kiocb, request, cqe.res);
  if (opcode == IORING_OP_CONNECT) {
    __u64 caller = read_word(request + bpf_core_field_offset(struct io_kiocb, file));
    if (!result) observe_connected(caller);
    return 0;
  }
  __u32 slot = READ(struct io_open, request, file_slot); /* of the request, which begins with it */
  struct task_struct *current = bpf_get_current_task_btf();
  if (result < 0) {
    count_refused(result);
    return 0;
  }
  __u64 file;
  if (!slot)
    file = file_of_descriptor(current, result);
  else
    file = file_of_ring(ctx[0], slot == IORING_FILE_INDEX_ALLOC ? result : slot - 1);
  if (file) observe_opened(file);
  return 0;
}

#endif

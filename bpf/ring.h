/* The ring that records go up. */
#ifndef PURPOSEWATCH_RING_H
#define PURPOSEWATCH_RING_H

#include "maps.h"

/* CLOCK_BOOTTIME: goes on in suspend, and nobody can set it. */
static __always_inline void head(struct pw_record *record, __u16 type, __u32 size, __u64 subject, __u64 now) {
  record->version = PW_ABI_VERSION;
  record->type = type;
  record->size = size;
  record->boot_ns = now;
  record->subject = subject;
}

/* A wake-up costs more than a whole record. So at most one per CPU and interval; user space, once woken, looks
 * again by itself until nothing comes for longer than that. */
static __always_inline __u64 wake_flag(__u64 now) {
  struct pw_cpu_stats *mine = stats();
  if (now - mine->woken_ns < wake_interval_ns) return BPF_RB_NO_WAKEUP;
  mine->woken_ns = now;
  return BPF_RB_FORCE_WAKEUP;
}

/* Of the accesses that go up. */
static __always_inline __u64 next_sequence(void) {
  return __sync_fetch_and_add(&last_sequence, 1) + 1;
}

#endif

/* READ(type, address, member): one member of a kernel object.
 *
 * Since 6.2 bpf_rdonly_cast gives an address back its type, and the read becomes one load with a fault handler:
 * a walk of seven directories costs 0.1 µs instead of 0.8 µs of helper calls. Before, a probe read does it.
 * `typed_loads` is known at load, so the verifier drops the other branch. */
#ifndef PURPOSEWATCH_READ_H
#define PURPOSEWATCH_READ_H

#include "maps.h"
#include <bpf/bpf_core_read.h>

extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym __weak;

/* An address with its type, from which members are plain loads; only where `typed_loads`. */
#define TYPED(type, address) ((type *)bpf_rdonly_cast((const void *)(address), bpf_core_type_id_kernel(type)))

/* The compiler would share one load between the two branches, and then compute its address apart; the barrier keeps the
 * typed one a single instruction. */
#define READ(type, address, member)                                                                   \
  ({                                                                                                  \
    typeof(((type *)0)->member) value_;                                                               \
    const void *address_ = (const void *)(address);                                                   \
    if (typed_loads) {                                                                                \
      value_ = TYPED(type, address_)->member;                                                         \
      asm volatile("" ::: "memory");                                                                  \
    } else {                                                                                          \
      bpf_probe_read_kernel(&value_, sizeof(value_), address_ + bpf_core_field_offset(type, member)); \
    }                                                                                                 \
    value_;                                                                                           \
  })

/* The same for a member that is an address: kept as a number, since only READ gives it a type again. */
#define READ_ADDRESS(type, address, member) ((__u64)READ(type, address, member))

/* Any eight bytes of the kernel's memory, at the price of a member: read as one that is a number. */
static __always_inline __u64 read_word(__u64 address) {
  return READ(struct inode, address - bpf_core_field_offset(struct inode, i_ino), i_ino);
}

/* A name. One of up to eight bytes is taken as a word, as the kernel writes it when it exchanges two: never half of each. */
static __always_inline void copy_name(char *to, __u32 length, __u64 name) {
  __u64 word = 0;
  const void *from = (const void *)name;
  if (length <= sizeof(word)) {
    word = read_word(name);
    from = &word;
  }
  bpf_probe_read_kernel(to, length & PW_NAME_MAX, from);
}

#endif

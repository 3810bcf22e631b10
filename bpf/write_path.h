/* Paths, written into records. Names are written from the last to the first, since the way leads up; what does not fit
 * is the head. */
#ifndef PURPOSEWATCH_WRITE_PATH_H
#define PURPOSEWATCH_WRITE_PATH_H

#include "walk.h"

/* A path that is written backwards into `bytes`, which has `capacity` bytes and PW_SLACK behind them. */
struct path_writer {
  struct position at;
  char *bytes;
  __u32 offset; /* of the first byte written so far */
  __u32 full;
};

/* Puts "/name" before what is there. Returns 1 when it does not fit. `capacity` is a constant power of two, so
 * that the mask both bounds the offset for the verifier and changes nothing. */
static __always_inline int put_name(struct path_writer *writer, __u32 capacity, __u64 name, __u32 length) {
  if (length > PW_NAME_MAX || length + 1 > writer->offset) {
    writer->full = 1;
    return 1;
  }
  __u32 offset = (writer->offset - length - 1) & (capacity - 1);
  writer->bytes[offset] = '/';
  copy_name(writer->bytes + offset + 1, length, name);
  writer->offset = offset;
  return 0;
}

/* For bpf_loop, way_length times: the names from where the writer stands up to where it may go. The root has none. */
#define PW_PUT_STEP(function, capacity)                                                                      \
  static long function(__u32 index, void *context) {                                                         \
    struct path_writer *writer = context;                                                                    \
    if (settle(&writer->at)) return 0;                                                                       \
    __u64 dentry = writer->at.dentry;                                                                        \
    if (!rise(&writer->at)) return 1;                                                                        \
    return put_name(writer, capacity, read_word(dentry + bpf_core_field_offset(struct dentry, d_name.name)), \
                    READ(struct dentry, dentry, d_name.len));                                                \
  }

/* The whole way of a struct path, as far as its mount namespace goes. */
static __always_inline void start_at_way(struct position *at, __u64 way) {
  start_at(at, READ_ADDRESS(struct path, way, dentry), mount_of(READ_ADDRESS(struct path, way, mnt)), PW_MOUNT_HOPS_MAX,
           PW_WALK_DEPTH_MAX);
}

static __always_inline __u64 way_of_file(__u64 file) {
  return file + bpf_core_field_offset(struct file, f_path);
}

static __always_inline void start_at_file(struct position *at, __u64 file) {
  start_at_way(at, way_of_file(file));
}

struct length_sum {
  struct position at;
  __u32 bytes;
  __u32 reserved;
};

/* As a step that puts: the bytes that it would put. */
static long add_length(__u32 index, void *context) {
  struct length_sum *sum = context;
  if (settle(&sum->at)) return 0;
  __u64 dentry = sum->at.dentry;
  if (!rise(&sum->at)) return 1;
  sum->bytes += READ(struct dentry, dentry, d_name.len) + 1;
  return 0;
}

#endif

/* The way up: from a file's dentry through its ancestors, across mounts, to the root of its mount namespace.
 *
 * Inside one file system the walk always goes to the root of that file system, not just to the root of the
 * mount: so a bind mount cannot hide where a file lives. Then it hops to the directory that the mount sits on.
 * `hops` says how many mounts were left that way; with it the same way can be walked again.
 *
 * No lock is held: a rename meanwhile may show a mix of the old and the new way, each of which is a way that
 * existed. */
#ifndef PURPOSEWATCH_WALK_H
#define PURPOSEWATCH_WALK_H

#include "read.h"

struct position {
  __u64 dentry;
  __u64 mount;  /* struct mount */
  __u32 hops;   /* mounts that may still be left; 0: stay in this file system */
  __u32 reserved;
};

static __always_inline __u64 mount_of(__u64 vfsmount) {
  return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline int is_mount_root(const struct position *at) {
  return at->dentry == READ_ADDRESS(struct vfsmount, at->mount + bpf_core_field_offset(struct mount, mnt), mnt_root);
}

static __always_inline __u64 mountpoint_of(const struct position *at) {
  return READ_ADDRESS(struct mount, at->mount, mnt_mountpoint);
}

/* Leaves the mount for the directory it sits on. False at the root of the mount namespace. */
static __always_inline int hop(struct position *at) {
  __u64 parent = READ_ADDRESS(struct mount, at->mount, mnt_parent);
  if (parent == at->mount || !parent) return 0;
  at->dentry = mountpoint_of(at);
  at->mount = parent;
  return 1;
}

static long hop_over(__u32 index, void *context) {
  struct position *at = context;
  if (!at->hops || !is_mount_root(at)) return 1;
  at->hops = hop(at) ? at->hops - 1 : 0;
  return 0;
}

/* While hops are left, the root of a mount stands for the directory below it; mounts may be stacked. */
static __always_inline void settle(struct position *at) {
  if (at->hops && is_mount_root(at)) bpf_loop(at->hops, hop_over, at, 0);
}

static long step_up(__u32 index, void *context) {
  struct position *at = context;
  __u64 parent = READ_ADDRESS(struct dentry, at->dentry, d_parent);
  if (parent == at->dentry) return 1;
  at->dentry = parent;
  settle(at);
  return 0;
}

/* In the file system that the file is in; hops 0. */
static __always_inline void begin_at(struct position *at, __u64 file) {
  at->dentry = READ_ADDRESS(struct file, file, f_path.dentry);
  at->mount = mount_of(READ_ADDRESS(struct file, file, f_path.mnt));
  at->hops = at->reserved = 0;
}

static __always_inline void start_at(struct position *at, __u64 file, __u32 hops) {
  begin_at(at, file);
  at->hops = hops + unknown_zero;
  settle(at);
}

#endif

/* The way up: from a dentry through its ancestors, across mounts, to the root of its mount namespace.
 *
 * Inside one file system the walk always goes to the root of that file system, not just to the root of the
 * mount: so a bind mount cannot hide where a file lives. Then it hops to the directory that the mount sits on.
 * `hops` says how many mounts were left that way; with it the same way can be walked again.
 *
 * No lock is held: a rename meanwhile may show a mix of the old and the new way, each of which is a way that
 * existed; and where two long names are exchanged, a mix of both. */
#ifndef PURPOSEWATCH_WALK_H
#define PURPOSEWATCH_WALK_H

#include "read.h"

struct position {
  __u64 dentry;
  __u64 mount; /* struct mount */
  __u32 hops;  /* mounts that may still be left; 0: stay in this file system */
  __u32 left;  /* directories that may still be gone up */
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

/* While hops are left, the root of a mount stands for the directory below it, and mounts may be stacked. True when it
 * was so: `at` is one mount further, and the same question is to be asked again. */
static __always_inline int settle(struct position *at) {
  if (!at->hops || !is_mount_root(at)) return 0;
  at->hops = hop(at) ? at->hops - 1 : 0;
  return 1;
}

/* To the directory above. False at the root, or when no more may be gone up. */
static __always_inline int rise(struct position *at) {
  __u64 parent = READ_ADDRESS(struct dentry, at->dentry, d_parent);
  if (parent == at->dentry || !at->left) return 0;
  at->dentry = parent;
  at->left--;
  return 1;
}

/* Goes up as far as it may; then `at` is settled. For bpf_loop, way_length times. */
static long climb(__u32 index, void *context) {
  struct position *at = context;
  if (settle(at)) return 0;
  return !rise(at);
}

static __always_inline __u32 way_length(const struct position *at) {
  return at->left + at->hops + 1;
}

static __always_inline void start_at(struct position *at, __u64 dentry, __u64 mount, __u32 hops, __u32 left) {
  at->dentry = dentry;
  at->mount = mount;
  at->hops = hops + unknown_zero;
  at->left = left + unknown_zero;
}

/* --- a dentry whose mount nobody told: every mount of its file system may be the one ------------------------ */

/* The mount of a file system that is the oldest one, or 0: in the host's own namespace, as a rule. */
static __always_inline __u64 first_mount(__u64 super) {
  if (bpf_core_field_exists(((struct mount___6_17 *)0)->mnt_next_for_sb))
    return READ_ADDRESS(struct super_block___6_17, super, s_mounts);
  __u64 next = READ_ADDRESS(struct super_block, super, s_mounts.next);
  if (!next || next == super + bpf_core_field_offset(struct super_block, s_mounts)) return 0;
  return next - bpf_core_field_offset(struct mount, mnt_instance);
}

/* The next one, or 0. */
static __always_inline __u64 next_mount(__u64 super, __u64 mount) {
  if (bpf_core_field_exists(((struct mount___6_17 *)0)->mnt_next_for_sb))
    return READ_ADDRESS(struct mount___6_17, mount, mnt_next_for_sb);
  __u64 next = READ_ADDRESS(struct mount, mount, mnt_instance.next);
  if (!next || next == super + bpf_core_field_offset(struct super_block, s_mounts)) return 0;
  return next - bpf_core_field_offset(struct mount, mnt_instance);
}

/* --- the names of an inode -------------------------------------------------------------------------------- */

static __always_inline __u64 dentry_of_alias(__u64 alias) {
  return alias ? alias - bpf_core_field_offset(struct dentry, d_u.d_alias) : 0;
}

/* The one that was made last; 0: none. */
static __always_inline __u64 first_name(__u64 inode) {
  return dentry_of_alias(READ_ADDRESS(struct inode, inode, i_dentry.first));
}

static __always_inline __u64 next_name(__u64 dentry) {
  return dentry_of_alias(READ_ADDRESS(struct dentry, dentry, d_u.d_alias.next));
}

#endif

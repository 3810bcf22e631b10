/* What is mounted over a store, and what is unmounted there, on kernels that allow LSM or fentry programs: clients' data
 * goes out of sight, or other data takes its place. An access of the kind `attr`, to the directory that the mount sits on.
 *
 * In the host's own mount namespace, and in others whose mounts arrive there. What a service's private namespace hides, it
 * hides from that service. */
#ifndef PURPOSEWATCH_MOUNT_HOOKS_H
#define PURPOSEWATCH_MOUNT_HOOKS_H
#include "agent_guard.h"
#include "change.h"

enum {
  MNT_IS_SHARED = 0x1000,       /* linux/mount.h: MNT_SHARED */
  PROPAGATION_TYPES = 0x1e0000, /* uapi linux/mount.h: MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED */
};

static __always_inline int is_hosts(__u64 mount) {
  __u64 namespace = READ_ADDRESS(struct mount, mount, mnt_ns);
  return READ(struct mnt_namespace, namespace, ns.inum) == host_mounts ||
         READ(struct mount, mount, mnt.mnt_flags) & MNT_IS_SHARED;
}

/* Will the kernel let the current task mount anything? It asks the namespace's owner, after sb_mount. */
static __always_inline int may_mount(__u64 mount) {
  const struct cred *cred = bpf_get_current_task_btf()->cred;
  __u64 namespace = READ_ADDRESS(struct mount, mount, mnt_ns);
  return cred->cap_effective.val & 1ULL << CAP_SYS_ADMIN &&
         (__u64)cred->user_ns == READ_ADDRESS(struct mnt_namespace, namespace, user_ns);
}

static __always_inline void observe_mount(__u64 dentry, __u64 mount, __u64 leaving) {
  struct change change = {.dentry = dentry, .mount = mount, .kinds = 1U << PW_ATTR, .leaving = leaving};
  observe_change(&change);
}

static __always_inline void observe_mount_at(__u64 path) {
  __u64 mount = mount_of(READ_ADDRESS(struct path, path, mnt));
  if (is_hosts(mount)) observe_mount(READ_ADDRESS(struct path, path, dentry), mount, 0);
}

/* (device, path, type, flags, data) of mount(2): a new mount, a bind mount, one that is moved here, or other options. */
SEC("lsm/sb_mount")
int on_sb_mount(unsigned long long *ctx) {
  if (!fires(PW_HOOK_SB_MOUNT)) return 0;
  if (ctx[3] & PROPAGATION_TYPES) return 0;
  if (may_mount(mount_of(READ_ADDRESS(struct path, ctx[1], mnt)))) observe_mount_at(ctx[1]);
  return refused_by_now();
}

/* Is the sensor pinned there? */
static __always_inline int has_pins(__u64 mount) {
  __u32 device = *(volatile __u32 *)&pins_device;
  __u64 super = READ_ADDRESS(struct dentry, READ_ADDRESS(struct mount, mount, mnt.mnt_root), d_sb);
  return device && READ(struct super_block, super, s_dev) == device;
}

/* (mount, flags) */
SEC("lsm/sb_umount")
int on_sb_umount(unsigned long long *ctx) {
  if (!fires(PW_HOOK_SB_UMOUNT)) return 0;
  __u64 mount = mount_of(ctx[0]);
  if (!is_hosts(mount)) return 0;
  if (has_pins(mount)) return verdict(tell_tampering(bpf_get_current_task_btf(), PW_TAMPER_PINS, 0));
  observe_mount(READ_ADDRESS(struct mount, mount, mnt_mountpoint), READ_ADDRESS(struct mount, mount, mnt_parent), 0);
  return refused_by_now();
}

/* (from, to): of a mount that is new, it is the last step; else it leaves where it was, and stays what it was there. */
SEC("lsm/move_mount")
int on_move_mount(unsigned long long *ctx) {
  if (!fires(PW_HOOK_MOVE_MOUNT)) return 0;
  __u64 mount = mount_of(READ_ADDRESS(struct path, ctx[0], mnt));
  __u64 root = READ_ADDRESS(struct path, ctx[0], dentry);
  if (is_hosts(mount))
    observe_mount(READ_ADDRESS(struct mount, mount, mnt_mountpoint), READ_ADDRESS(struct mount, mount, mnt_parent),
                  READ_ADDRESS(struct dentry, root, d_inode));
  observe_mount_at(ctx[1]);
  return refused_by_now();
}

#endif

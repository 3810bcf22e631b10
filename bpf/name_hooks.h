/* Names and attributes, on kernels that allow LSM or fentry programs: the inode_* hooks. Those of names and of extended
 * attributes stand behind the kernel's own checks, so that a refused unlink does not look like one; the others stand before
 * them, and ask what these will ask. They get no mount; begin_at_dentry finds it. */
#ifndef PURPOSEWATCH_NAME_HOOKS_H
#define PURPOSEWATCH_NAME_HOOKS_H
#include "change.h"

/* The body of a hook whose dentry is argument number `argument`. */
#define PW_CHANGE_HOOK(hook, number, argument, kind)                       \
  SEC("lsm/" #hook)                                                        \
  int on_##hook(unsigned long long *ctx) {                                 \
    if (!fires(number)) return 0;                                                   \
    struct change change = {.dentry = ctx[argument], .kinds = 1U << kind}; \
    observe_change(&change);                                               \
    return refused_by_now();                                               \
  }

PW_CHANGE_HOOK(inode_unlink, PW_HOOK_INODE_UNLINK, 1, PW_DELETE)
PW_CHANGE_HOOK(inode_rmdir, PW_HOOK_INODE_RMDIR, 1, PW_DELETE)
PW_CHANGE_HOOK(inode_mkdir, PW_HOOK_INODE_MKDIR, 1, PW_CREATE)
PW_CHANGE_HOOK(inode_mknod, PW_HOOK_INODE_MKNOD, 1, PW_CREATE)
PW_CHANGE_HOOK(inode_symlink, PW_HOOK_INODE_SYMLINK, 1, PW_CREATE)
PW_CHANGE_HOOK(inode_setxattr, PW_HOOK_INODE_SETXATTR, 1, PW_ATTR)
PW_CHANGE_HOOK(inode_removexattr, PW_HOOK_INODE_REMOVEXATTR, 1, PW_ATTR)

/* Will the kernel let the current task change what only an owner may? Somebody who only holds a capability in a user
 * namespace of his own is taken at his word. */
static __always_inline int may_change(__u64 dentry, __u64 capabilities) {
  const struct cred *cred = bpf_get_current_task_btf()->cred;
  __u64 inode = READ_ADDRESS(struct dentry, dentry, d_inode);
  return cred->fsuid.val == READ(struct inode, inode, i_uid).val || cred->cap_effective.val & capabilities;
}

static __always_inline void observe_acl(__u64 dentry) {
  struct change change = {.dentry = dentry, .kinds = 1U << PW_ATTR};
  if (may_change(dentry, 1ULL << CAP_FOWNER)) observe_change(&change);
}

/* Since 6.2; before, an ACL is an extended attribute. */
SEC("lsm/inode_set_acl")
int on_inode_set_acl(unsigned long long *ctx) {
  if (!fires(PW_HOOK_INODE_SET_ACL)) return 0;
  observe_acl(ctx[1]);
  return refused_by_now();
}

SEC("lsm/inode_remove_acl")
int on_inode_remove_acl(unsigned long long *ctx) {
  if (!fires(PW_HOOK_INODE_REMOVE_ACL)) return 0;
  observe_acl(ctx[1]);
  return refused_by_now();
}

/* (old_dentry, dir, new_dentry) */
SEC("lsm/inode_link")
int on_inode_link(unsigned long long *ctx) {
  if (!fires(PW_HOOK_INODE_LINK)) return 0;
  observe_new_name(ctx[0], ctx[2], PW_CREATE);
  return refused_by_now();
}

/* (old_dir, old_dentry, new_dir, new_dentry): an exchange calls it twice, once for each direction; the function that calls
 * the LSM hooks is called once, with the flags as its fifth argument. */
SEC("lsm/inode_rename")
int on_inode_rename(unsigned long long *ctx) {
  if (!fires(PW_HOOK_INODE_RENAME)) return 0;
  observe_new_name(ctx[1], ctx[3], PW_RENAME);
  if (is_fentry && ctx[4] & RENAME_EXCHANGE) observe_new_name(ctx[3], ctx[1], PW_RENAME);
  return refused_by_now();
}

/* The kernel itself makes some changes: to take away set-user-id bits, and for O_TRUNC. Whoever may write may set the times
 * to now, and the length; that was asked before. */
static __always_inline void observe_attributes(__u64 dentry, __u64 attributes) {
  __u32 valid = READ(struct iattr, attributes, ia_valid);
  struct change change = {.dentry = dentry};
  if (valid & ATTR_SIZE)
    change.kinds = valid & ATTR_OPEN ? 0 : 1U << PW_WRITE;
  else if (valid & ATTR_FORCE)
    change.kinds = 0;
  else if (valid & (ATTR_UID | ATTR_GID))
    change.kinds = may_change(dentry, 1ULL << CAP_CHOWN) << PW_ATTR;
  else if (valid & ATTR_TOUCH)
    change.kinds = 1U << PW_ATTR;
  else if (valid & (ATTR_MODE | ATTR_ATIME | ATTR_MTIME))
    change.kinds = may_change(dentry, 1ULL << CAP_FOWNER) << PW_ATTR;
  if (change.kinds) observe_change(&change);
}

/* (dentry, attributes), with the mount's user namespace or id map before them where setattr_has_idmap. */
SEC("lsm/inode_setattr")
int on_inode_setattr(unsigned long long *ctx) {
  if (!fires(PW_HOOK_INODE_SETATTR)) return 0;
  if (setattr_has_idmap)
    observe_attributes(ctx[1], ctx[2]);
  else
    observe_attributes(ctx[0], ctx[1]);
  return refused_by_now();
}

/* (inode): it is gone for good, unless it has only left the cache: then it has a name left. */
SEC("lsm/inode_free_security")
int on_inode_free(unsigned long long *ctx) {
  count_fired(PW_HOOK_INODE_FREE);
  if (READ(struct inode, ctx[0], i_nlink)) return 0;
  struct pw_inode_key key = {};
  key_of_inode(&key, ctx[0]);
  if (may_lead_on(generation, key.device, key.inode, 0)) unmark_inode(&key);
  return 0;
}

#endif

/* The ways in on kernels that allow LSM or fentry programs. Written as LSM programs; for the fentry backend the very same
 * programs are retargeted before load. */
#ifndef PURPOSEWATCH_FILE_HOOKS_H
#define PURPOSEWATCH_FILE_HOOKS_H
#include "observe.h"
#include "workspace.h"

/* The first bytes of a name, and its length. */
static __noinline __u64 client_of(struct location *location) {
  if (location->client_height == (__u32)-1) return 0;
  struct component component;
  name_of(&component, dentry_at(location, location->client_height));
  return name_word(component.name, component.length, 0) * PW_SPREAD ^ name_word(component.name, component.length, 1) ^
         component.length;
}

/* The path that was opened, of a file that overlayfs opened beneath. */
static __always_inline void start_at_merged(struct location *location, __u64 file, int has_its_path) {
  __u64 path = file + bpf_core_field_offset(struct file, f_path);
  if (!has_its_path && bpf_core_field_exists(((struct backing_file *)0)->user_path))
    path = file - bpf_core_field_offset(struct backing_file, file) + bpf_core_field_offset(struct backing_file, user_path);
  begin_location(location, READ_ADDRESS(struct path, path, dentry), mount_of(READ_ADDRESS(struct path, path, mnt)));
}

/* An open of a file of overlayfs is two: of what it merges, then, if that is a file, of one of the layers. In the same store
 * and of the same client they are one access. Up to 6.4 a layer's file bears the path of the merged one. True when there is
 * an access to tell of, at workspace->location. A function of its own, whose frame ends before the deep ones begin. */
static __noinline int is_layer_in_store(struct workspace *workspace, __u64 file) {
  struct location *location = &workspace->location;
  __u64 inode = READ_ADDRESS(struct file, file, f_inode);
  __u64 dentry = READ_ADDRESS(struct file, file, f_path.dentry);
  int has_merged_path = READ_ADDRESS(struct dentry, dentry, d_inode) != inode;
  start_at_merged(location, file, has_merged_path);
  workspace->before.store = 0;
  if (resolve(location)) {
    workspace->before.store = location->store;
    workspace->before.client = client_of(location);
  }
  if (has_merged_path ? !begin_at_dentry(location, first_name(inode)) : !begin_at_file(location, file)) return 0;
  if (!resolve(location)) return 0;
  return !location->store || location->store != workspace->before.store ||
         client_of(location) != workspace->before.client;
}

/* Every open, by whatever system call, io_uring included, after the kernel's own checks have agreed. */
SEC("lsm/file_open")
int on_file_open(unsigned long long *ctx) {
  count_fired(PW_HOOK_FILE_OPEN);
  __u64 file = ctx[0];
  if (((struct file *)ctx[0])->f_mode & FMODE_NOACCOUNT) {
    struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
    if (workspace && is_layer_in_store(workspace, file)) judge_file(&workspace->location, &file, PW_OPENED);
  } else {
    observe(file, PW_OPENED);
  }
  return 0;
}

/* A descriptor that somebody else opened: sent over a unix socket, or taken by pidfd_getfd. In the receiver's context. */
SEC("lsm/file_receive")
int on_file_receive(unsigned long long *ctx) {
  count_fired(PW_HOOK_FILE_RECEIVE);
  observe(ctx[0], PW_RECEIVED);
  return 0;
}

#endif

/* overlayfs: a file of it is two, the merged one and that of one of its layers, where the bytes are. */
#ifndef PURPOSEWATCH_LAYERS_H
#define PURPOSEWATCH_LAYERS_H

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

/* True when there is an access to tell of, at workspace->location: what is of the same store and client as the merged file is
 * that one's access. Up to 6.4 a layer's file bears the path of the merged one. A function of its own, whose frame ends before
 * the deep ones begin. */
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

static __always_inline void observe_layer(__u64 file) {
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (workspace && is_layer_in_store(workspace, file)) judge_file(&workspace->location, &file, PW_OPENED);
}

enum { OVERLAYFS_SUPER_MAGIC = 0x794c7630 };

/* The layer's file behind a merged one that is open; 0: none. Since 6.13 the private data are a pair of them. */
static __always_inline __u64 layer_of(__u64 file) {
  if ((READ(struct inode, READ_ADDRESS(struct file, file, f_inode), i_mode) & S_IFMT) != S_IFREG) return 0;
  __u64 layer = READ_ADDRESS(struct file, file, private_data);
  if (layer && layers_are_pairs) layer = read_word(layer);
  return layer && READ(struct file, layer, f_mode) & FMODE_NOACCOUNT ? layer : 0;
}

#endif

/* fanotify's listeners are handed descriptors of what others open, on kernels that refuse LSM and fentry programs: these show
 * no such open. So who puts a mark where such descriptors are of a store's files has a `read` of it then.
 *
 * A listener's marks stand in a list, the newest first. Those that were looked at are remembered, so that of several threads
 * that put marks at once each is told; with their process, since what is at the same address may be another's mark by then. */
#ifndef PURPOSEWATCH_LISTENERS_H
#define PURPOSEWATCH_LISTENERS_H
#include "memory_calls.h"
#include "told_once.h"

enum {
  LISTENERS_MAX = 4096,
  NEW_MARKS_MAX = 64, /* that are looked at when one is put */
  FAN_MARK_ADD = 1,
  FAN_REPORTS_NO_DESCRIPTORS = 0x1e00, /* but handles and names */
};
enum marked_object { MARKED_INODE, MARKED_MOUNT, MARKED_FILE_SYSTEM };

struct mark_key {
  __u64 mark;
  __u64 object;
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, LISTENERS_MAX);
  __type(key, struct mark_key);
  __type(value, struct moment);
} seen_marks PW_MAP;

struct marks_search {
  __u64 node, head; /* of the list */
};

/* Whoever marks a mount or a file system may be handed any file of it: as one that has no name, but is somewhere there. */
static __always_inline int begin_at_mark(struct location *location, __u64 object, enum marked_object type) {
  if (type == MARKED_INODE) {
    __u64 name = first_name(object);
    return name && begin_at_dentry(location, name);
  }
  __u64 mount = type == MARKED_MOUNT ? mount_of(object) : type == MARKED_FILE_SYSTEM ? first_mount(object) : 0;
  if (!mount) return 0;
  __u64 root = type == MARKED_MOUNT ? READ_ADDRESS(struct vfsmount, object, mnt_root)
                                    : READ_ADDRESS(struct super_block, object, s_root);
  if (!begin_location(location, root, mount)) return 0;
  location->adrift = PW_BELOW_ITS_MOUNT;
  return 1;
}

static __always_inline void observe_mark(__u64 object, enum marked_object type) {
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (!workspace) return;
  struct location *location = &workspace->location;
  if (!begin_at_mark(location, object, type) || !resolve(location)) return;
  struct access *access = &workspace->access;
  __builtin_memset(access, 0, sizeof(*access));
  access->inode = READ_ADDRESS(struct dentry, location->leaf, d_inode);
  access->kinds = 1U << PW_READ;
  access->owner = owner_of(location->leaf, access->inode, access->kinds);
  judge_access(access, location);
}

static long look_at_mark(__u32 index, void *context) {
  struct marks_search *search = context;
  if (!search->node || search->node == search->head) return 1;
  struct mark_key key = {.mark = search->node - bpf_core_field_offset(struct fsnotify_mark, g_list)};
  search->node = READ_ADDRESS(struct list_head, search->node, next);
  __u64 connector = READ_ADDRESS(struct fsnotify_mark, key.mark, connector);
  if (!connector) return 0;
  key.object = READ_ADDRESS(struct fsnotify_mark_connector, connector, obj);
  if (!key.object || !is_new_for_process(&seen_marks, &key)) return 0;
  observe_mark(key.object, READ(struct fsnotify_mark_connector, connector, type));
  return 0;
}

/* The result of fanotify_mark. */
SEC("tracepoint")
int on_listen_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_LISTEN_CALL)) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  if (ctx->result < 0 || !(registers->si & FAN_MARK_ADD)) return 0;
  __u64 file = file_of_descriptor(current, (__u32)registers->di);
  __u64 group = file ? READ_ADDRESS(struct file, file, private_data) : 0;
  if (!group || READ(struct fsnotify_group, group, fanotify_data.flags) & FAN_REPORTS_NO_DESCRIPTORS) return 0;
  struct marks_search search = {.head = group + bpf_core_field_offset(struct fsnotify_group, marks_list)};
  search.node = READ_ADDRESS(struct fsnotify_group, group, marks_list.next);
  bpf_loop(NEW_MARKS_MAX, look_at_mark, &search, 0);
  return 0;
}

#endif

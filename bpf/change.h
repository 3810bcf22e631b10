/* What changes names and attributes: for each name that is touched, one access, decided and told like any other. */
#ifndef PURPOSEWATCH_CHANGE_H
#define PURPOSEWATCH_CHANGE_H

#include "observe.h"
#include "workspace.h"

/* What is at the location leaves it, or gets a name elsewhere. */
static __always_inline void mark_leaving(struct location *location, __u64 inode) {
  struct pw_inode_key key = {};
  key_of_inode(&key, inode);
  mark_inode(location, &key);
}

/* A directory that is no store's itself, but leads to stores, is user space's to decide: it moves with all that is below, or
 * that is hidden.
 * A global function, as is_in_store. */
__noinline int observe_change(struct change *change) {
  if (!change) return 0;
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (!workspace) return 0;
  struct location *location = &workspace->location;
  struct access *access = &workspace->access;
  if (change->mount ? !begin_location(location, change->dentry, change->mount) : !begin_at_dentry(location, change->dentry))
    return 0;
  if (!resolve(location)) {
    if (!location->state || !(change->kinds & 1U << PW_RENAME || change->mount)) return 0;
    location->unsure = 1;
    location->client_height = -1;
    location->height = location->between_height;
    location->hops = location->between_hops;
  }
  access->other = change->other;
  access->kinds = change->kinds;
  access->is_mount = change->mount != 0;
  access->inode = READ_ADDRESS(struct dentry, change->dentry, d_inode);
  if (change->leaving) mark_leaving(location, change->leaving);
  access->owner = owner_of(change->dentry, access->inode, change->inode ? 1U << PW_CREATE : change->kinds);
  if (change->has_owner) access->owner = change->owner;
  if (change->inode) access->inode = change->inode;
  judge_access(access, location);
  return 0;
}

/* A global function, as is_in_store. */
__noinline int look_at(struct standing *standing, __u64 *dentry, __u32 way_of) {
  if (!standing || !dentry) return 0;
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (!workspace) return 0;
  struct location *location = &workspace->location;
  __builtin_memset(standing, 0, sizeof(*standing));
  if (!begin_at_dentry(location, *dentry)) return 0;
  location->way_of = way_of;
  standing->is_known = resolve(location) != 0;
  standing->store = location->store;
  standing->state = location->state;
  if (standing->is_known && location->client_height != (__u32)-1)
    standing->client = dentry_at(location, location->client_height);
  return 0;
}

static __always_inline int is_of_type(__u64 inode, __u32 type) {
  return (READ(struct inode, inode, i_mode) & S_IFMT) == type;
}
static __always_inline int is_directory(__u64 inode) {
  return is_of_type(inode, S_IFDIR);
}

/* A socket, or a directory with all that is below, gets the name `to`. That is no access, but who connects to it goes on to be
 * seen: a listener knows its socket by the name that this has by now. */
static __always_inline void follow_socket(struct workspace *workspace, __u64 from, __u64 to, __u64 inode, int is_rename) {
  struct location *location = &workspace->location;
  struct standing *before = &workspace->before, *after = &workspace->after;
  struct pw_inode_key key = {};
  key_of_inode(&key, inode);
  workspace->change.dentry = to;
  look_at(after, &workspace->change.dentry, PW_OF_SOCKETS);
  if (is_rename) {
    if (after->is_known) {
      unmark_way(&key, PW_OF_SOCKETS);
      return;
    }
    workspace->change.dentry = from;
    look_at(before, &workspace->change.dentry, PW_OF_SOCKETS);
    if (!before->is_known && (!before->state || after->state || !is_directory(inode))) return;
  } else if (!after->is_known) {
    return;
  }
  /* `location` is where it was looked at last. */
  if (!location->store && !location->unsure) {
    location->height = location->between_height;
    location->hops = location->between_hops;
  }
  mark_inode(location, &key);
}

/* Two dentries, before a name changes or after. */
struct naming {
  __u64 from;
  __u64 to;
  __u32 replaces; /* another file has had the name, of */
  __u32 owner;    /* this user */
};

/* A file, or a directory with all that is below, gets the name `to`: in place of `from` (kind rename), or beside it (kind
 * create). Where the store or the client changes with it, it is an access to both. */
static __always_inline void observe_naming(const struct naming *naming, __u32 kind) {
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (!workspace) return;
  __u64 from = naming->from, to = naming->to;
  __u64 inode = READ_ADDRESS(struct dentry, from, d_inode);
  struct standing *before = &workspace->before, *after = &workspace->after;
  struct change *change = &workspace->change;
  __builtin_memset(change, 0, sizeof(*change));
  if (is_of_type(inode, S_IFSOCK) || (kind == PW_RENAME && is_directory(inode)))
    follow_socket(workspace, from, to, inode, kind == PW_RENAME);
  change->dentry = from;
  look_at(before, &change->dentry, PW_OF_FILES);
  change->dentry = to;
  look_at(after, &change->dentry, PW_OF_FILES);
  if (!before->state && !after->state && !before->is_known && !after->is_known) return;
  int is_rename = kind == PW_RENAME;
  int stays = before->is_known && after->is_known && before->store == after->store && before->client == after->client;
  change->kinds = 1U << kind;
  if (after->is_known && is_rename) {
    struct pw_inode_key key = {};
    key_of_inode(&key, inode);
    unmark_way(&key, PW_OF_FILES); /* it is what its name says again */
  }
  if (after->is_known && (!is_rename || !stays)) {
    change->other = from;
    change->inode = inode;
    observe_change(change);
  }
  /* What had the name is gone: to whoever reads by that name, the file has other content now. */
  change->inode = change->other = 0;
  if (after->is_known && naming->replaces && is_rename) {
    change->kinds = 1U << PW_WRITE;
    if (!READ_ADDRESS(struct dentry, to, d_inode)) change->inode = inode;
    change->has_owner = 1;
    change->owner = naming->owner;
    observe_change(change);
    change->inode = change->has_owner = 0;
  }
  if (before->is_known ? is_rename || !stays : is_rename && before->state && is_directory(inode)) {
    change->kinds = 1U << kind;
    change->dentry = from;
    change->other = to;
    change->leaving = (before->is_known ? !after->is_known : !after->state) ? inode : 0;
    observe_change(change);
  }
}

/* Before the name changes. */
static __always_inline void observe_new_name(__u64 from, __u64 to, __u32 kind) {
  struct naming naming = {.from = from, .to = to};
  __u64 victim = READ_ADDRESS(struct dentry, to, d_inode);
  if (victim && victim != READ_ADDRESS(struct dentry, from, d_inode)) {
    naming.replaces = 1;
    naming.owner = READ(struct inode, victim, i_uid).val;
  }
  observe_naming(&naming, kind);
}

#endif

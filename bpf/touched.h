/* What a call has touched so far, collected while it runs: the inodes whose ctime it sets.
 *
 * What is deleted is told at once, as long as its name is there. What is made, linked or renamed has its name only when the
 * call has ended: until then it is remembered, and what is renamed with a copy of the name that it had, a ghost, which the
 * rest of the sensor takes for a dentry. */
#ifndef PURPOSEWATCH_TOUCHED_H
#define PURPOSEWATCH_TOUCHED_H

#include "calls.h"
#include "change.h"

enum {
  GHOSTS_MAX = 6,       /* two directories, what is moved, what is replaced, and other names of these */
  ALIASES_MAX = 64,     /* names of one inode that are looked through */
  GHOST_NAMES = 3,      /* names of one inode that become ghosts */
  DENTRY_BYTES = 256,   /* of a struct dentry, and more */
};

struct ghost {
  __u64 origin; /* the dentry, which may be somewhere else by now */
  __u64 parent;
  __u64 hash_and_length;
  __u32 owner; /* of the inode, which may be gone by now */
  __u32 reserved;
  char dentry[DENTRY_BYTES];
  char name[PW_NAME_MAX + 1];
};

struct touched {
  __u64 call;   /* number of the call, or address of the request */
  __u64 told;   /* an inode that an access was told of */
  __u64 inode;  /* of what is made, linked, or deleted */
  __u64 directory;
  struct pw_inode_key deleted;
  __u32 is_deleted;
  __u32 ghosts;
  char place[DENTRY_BYTES];
  struct ghost ghost[GHOSTS_MAX];
};

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct touched);
} touched_by_task PW_MAP;

/* Likewise, by the address of a request to io_uring: the task that is told of its end is another one. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u64);
  __type(value, struct touched);
} touched_by_request PW_MAP;

static const volatile struct touched nothing_touched = {};

/* --- the names of an inode -------------------------------------------------------------------------------- */

static __always_inline __u64 directory_of(__u64 dentry) {
  return READ_ADDRESS(struct dentry, READ_ADDRESS(struct dentry, dentry, d_parent), d_inode);
}

struct name_search {
  __u64 dentry; /* where the search stands; 0: at its end */
  __u64 directory;
};

static long compare_directory(__u32 index, void *context) {
  struct name_search *search = context;
  if (!search->dentry || directory_of(search->dentry) == search->directory) return 1;
  search->dentry = next_name(search->dentry);
  return 0;
}

/* The name that an inode has in a directory; 0: none. Of several, which are all the same client's, any. */
static __noinline __u64 name_in(__u64 inode, __u64 directory) {
  struct name_search search = {.dentry = first_name(inode), .directory = directory};
  bpf_loop(ALIASES_MAX, compare_directory, &search, 0);
  return search.dentry && directory_of(search.dentry) == directory ? search.dentry : 0;
}

/* --- names that go ---------------------------------------------------------------------------------------- */

static __always_inline void put_address(char *bytes, __u32 offset, __u64 address) {
  *(__u64 *)(bytes + (offset & (DENTRY_BYTES - 8))) = address;
}

static __always_inline void copy_dentry(char *bytes, __u64 dentry) {
  __u32 size = bpf_core_type_size(struct dentry);
  bpf_probe_read_kernel(bytes, size > DENTRY_BYTES ? DENTRY_BYTES : size, (const void *)dentry);
}

/* A ghost of the name alone, as it was before there was a file: what a file is, by a mark, does not tell where its name is. */
static __always_inline __u64 place_of(struct touched *touched, __u64 dentry) {
  copy_dentry(touched->place, dentry);
  put_address(touched->place, bpf_core_field_offset(struct dentry, d_inode), 0);
  return (__u64)touched->place;
}

/* A global function, as is_in_store. */
__noinline int remember_name(struct touched *touched, __u64 *dentry_of) {
  if (!touched || !dentry_of) return 0;
  __u64 dentry = *dentry_of;
  __u32 number = touched->ghosts;
  if (number >= GHOSTS_MAX) return 0;
  touched->ghosts = number + 1;
  struct ghost *ghost = &touched->ghost[number];
  ghost->origin = dentry;
  ghost->parent = READ_ADDRESS(struct dentry, dentry, d_parent);
  ghost->hash_and_length = READ(struct dentry, dentry, d_name.hash_len);
  ghost->owner = READ(struct inode, READ_ADDRESS(struct dentry, dentry, d_inode), i_uid).val;
  copy_dentry(ghost->dentry, dentry);
  bpf_probe_read_kernel(ghost->name, READ(struct dentry, dentry, d_name.len) & PW_NAME_MAX,
                        (const void *)READ_ADDRESS(struct dentry, dentry, d_name.name));
  put_address(ghost->dentry, bpf_core_field_offset(struct dentry, d_name.name), (__u64)ghost->name);
  return 0;
}

/* Each inode once: which of the names is the one that moves shows at the end. */
static __always_inline void remember_names(struct touched *touched, __u64 inode) {
  __u64 dentry = first_name(inode);
  for (__u32 i = 0; i < GHOSTS_MAX; i++)
    if (i < touched->ghosts && touched->ghost[i].origin == dentry) return;
  for (__u32 i = 0; i < GHOST_NAMES && dentry; i++) {
    remember_name(touched, &dentry);
    dentry = next_name(dentry);
  }
}

static __always_inline int has_moved(const struct ghost *ghost) {
  return ghost->parent != READ_ADDRESS(struct dentry, ghost->origin, d_parent) ||
         ghost->hash_and_length != READ(struct dentry, ghost->origin, d_name.hash_len);
}

/* Did another file have the name that this one has got? Its ghost's number + 1; 0: none. */
static __always_inline __u32 replaced_by(const struct touched *touched, const struct ghost *mover) {
  __u64 parent = READ_ADDRESS(struct dentry, mover->origin, d_parent);
  __u64 hash_and_length = READ(struct dentry, mover->origin, d_name.hash_len);
  for (__u32 i = 0; i < GHOSTS_MAX; i++) {
    const struct ghost *ghost = &touched->ghost[i];
    if (i < touched->ghosts && ghost->origin != mover->origin && ghost->parent == parent &&
        ghost->hash_and_length == hash_and_length && !has_moved(ghost))
      return i + 1;
  }
  return 0;
}

#endif

/* Marks: inodes of a store that also have a name outside it, or were moved out. Where the walk meets one, the file is
 * the store's all the same, as if it still had the name under which it was there.
 *
 * The kernel marks an inode itself, in the very hook that sees it leave, so that no open can come between; user space
 * is told (PW_RECORD_MARK), keeps what the path was, and puts the mark into the tables of the next policy. A mark of an
 * older generation, and one for which the table had no room, are user space's to decide: it knows them by their inode.
 * A mark ends with its inode, or when that comes back to a store. */
#ifndef PURPOSEWATCH_MARKS_H
#define PURPOSEWATCH_MARKS_H

#include "descend.h"
#include "identity.h"

/* True: in a store, or user space decides. */
static __always_inline int enter_mark(struct pw_mark *mark, struct location *location) {
  location->is_marked = 1;
  if (mark->generation == location->generation) {
    struct pw_way way = mark->anchor.way[location->way_of & (PW_WAYS - 1)];
    struct place place = {.id = mark->anchor.id, .depth = mark->anchor.depth};
    if (run_from(&way, &place, location)) return 1;
    location->is_marked = 0;
    return 0;
  }
  location->unsure = 1;
  location->client_height = -1;
  return 1;
}

/* An inode that the filter knows, but no table: a coincidence, unless marks had to be left out. */
static __always_inline int is_perhaps_marked(struct location *location) {
  if (!marks_left_out) return 0;
  location->unsure = location->is_marked = 1;
  location->client_height = -1;
  return 1;
}

static __always_inline void add_to_filters(__u32 slot, const struct pw_inode_key *key) {
  __u64 hash = pw_inode_hash(key->inode, key->device);
  __u64 bit = hash >> (filter_shift[slot] & 63);
  __sync_fetch_and_or(&name_filter[slot][hash >> 20 & (PW_NAME_SETS - 1)], PW_ANY_NAME);
  __sync_fetch_and_or(&anchor_filter[slot][bit >> 6 & (PW_FILTER_WORDS - 1)], 1ULL << (bit & 63));
  __sync_fetch_and_or(&device_filter[slot], pw_device_bit(key->device));
}

static __always_inline struct pw_mark mark_of(const struct location *location) {
  struct pw_mark mark = {.generation = location->generation};
  struct pw_way way = {.names = PW_ANY_NAME, .state = location->state, .skip = location->skip};
  if (location->way_of == PW_OF_SOCKETS)
    mark.anchor.way[PW_OF_SOCKETS] = way;
  else
    mark.anchor.way[PW_OF_FILES] = way;
  mark.anchor.depth = location->depth + location->height;
  return mark;
}

/* What has left both with its files and as, or with, a socket. */
static __always_inline void add_way(const struct pw_inode_key *key, const struct pw_mark *more) {
  struct pw_mark *mark = bpf_map_lookup_elem(&marks, key);
  if (!mark || mark->generation != more->generation) return;
#pragma clang loop unroll(full)
  for (int of = 0; of < PW_WAYS; of++)
    if (!mark->anchor.way[of].state) mark->anchor.way[of] = more->anchor.way[of];
}

/* Both filters learn a mark: the other one may be in force when it matters. -EEXIST when it is there already, another error
 * when there is no room. */
static __always_inline long add_mark(const struct pw_inode_key *key, const struct pw_mark *mark) {
  long result = bpf_map_update_elem(&marks, key, mark, BPF_NOEXIST);
  if (result == -EEXIST) add_way(key, mark);
  if (result == -EEXIST) return result;
  if (result) __sync_fetch_and_add(&marks_left_out, 1);
  add_to_filters(0, key);
  add_to_filters(1, key);
  return result;
}

#endif

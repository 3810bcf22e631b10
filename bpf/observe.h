/* observe(): a file was opened in these ways. The one line through the kernel side, whatever the way in:
 *
 *   file -> store? (resolve) -> who? (identity) -> permitted? (decide: count, done) -> record -> ring
 */
#ifndef PURPOSEWATCH_OBSERVE_H
#define PURPOSEWATCH_OBSERVE_H

#include "record.h"
#include "decide.h"

enum { DESCRIBE_AGAIN_NS = 10 * 1000 * 1000 * 1000ULL };

/* The kinds of access that an open is. One open may be several: O_RDWR reads and writes. */
static __always_inline __u32 kinds_of_open(__u64 file, __u32 inode_mode) {
  __u32 mode = READ(struct file, file, f_mode);
  __u32 flags = READ(struct file, file, f_flags);
  if (mode & FMODE_PATH) return 0; /* no right to the bytes: its later use is what counts */
  if (flags & FMODE_EXEC_FLAG) return 1U << PW_EXEC;
  if ((inode_mode & S_IFMT) == S_IFDIR && !(flags & O_TMPFILE_FLAG)) return 1U << PW_LIST;
  if (mode & FMODE_CREATED || flags & (O_TMPFILE_FLAG)) return 1U << PW_CREATE;
  __u32 kinds = 0;
  if (mode & FMODE_READ) kinds |= 1U << PW_READ;
  if (mode & FMODE_WRITE) kinds |= 1U << PW_WRITE;
  return kinds;
}

static __always_inline void count_seen(__u32 kinds, int lost) {
  struct pw_cpu_stats *mine = stats();
  __u64 accesses = 0;
  for (__u32 kind = 0; kind < PW_KINDS; kind++) accesses += (kinds >> kind) & 1;
  __sync_fetch_and_add(&mine->seen, accesses);
  if (lost) __sync_fetch_and_add(&mine->lost, accesses);
}

/* Sends up what no table permits. */
static __noinline int report(struct task_struct *current, struct pw_task *state, struct access *access,
                             struct location *location, struct who *who) {
  __u64 now = bpf_ktime_get_boot_ns();
  access->now = now;
  __u64 mix = who_mix(who->uid, who->euid, who->gid, who->loginuid, who->cgroup);
  __u64 subject = state ? state->subject : 0;
  if (!subject || state->described_who != mix || now - state->described_ns > DESCRIBE_AGAIN_NS) {
    subject = describe(current, state, who, now);
    if (state && subject) {
      state->subject = subject;
      state->described_ns = now;
      state->described_who = mix;
    }
  }
  access->subject = subject;

  struct length_sum sum = {};
  start_at(&sum.at, access->file, location->hops);
  if (location->height) bpf_loop(location->height, add_length, &sum, 0);
  access->path_bytes = sum.bytes;

  access->sequence = __sync_fetch_and_add(&last_sequence, 1) + 1;
  int delivered = 0;
  if (subject) {
    if (sum.bytes < PW_PATH_SMALL)
      delivered = submit_small(access, location);
    else
      delivered = submit_large(access, location);
  }
  count_seen(access->kinds, !delivered);
  return 0;
}

static __always_inline void observe(__u64 file, __u32 forced_kind) {
  __u32 now_generation = *(volatile __u32 *)&generation;
  if (!now_generation) return;

  struct location location = {.client_height = -1};
  if (!resolve(&location, file, now_generation)) return;

  struct task_struct *current = bpf_get_current_task_btf();
  __u64 task = (__u64)current;
  if (READ(struct task_struct, task, tgid) == agent_tgid) return;

  struct access access = {.file = file, .generation = now_generation};
  access.inode = READ_ADDRESS(struct file, file, f_inode);
  access.kinds = forced_kind ? forced_kind : kinds_of_open(file, READ(struct inode, access.inode, i_mode));
  if (!access.kinds) return;
  access.owner = READ(struct inode, access.inode, i_uid).val;

  struct who who = {};
  __u64 cred = READ_ADDRESS(struct task_struct, task, cred);
  who.euid = READ(struct cred, cred, euid).val;
  who.cgroup_node = cgroup_node_of(task);
  who.cgroup = READ(struct kernfs_node, who.cgroup_node, id);
  struct pw_task *state = task_state(current);
  if (!location.unsure) {
    access.kinds = undecided_kinds(state, now_generation, who.euid, who.cgroup, location.store - 1, access.owner,
                                   access.kinds);
    if (!access.kinds) return;
  }
  who.uid = READ(struct cred, cred, uid).val;
  who.gid = READ(struct cred, cred, gid).val;
  who.loginuid = READ(struct task_struct, task, loginuid).val;
  report(current, state, &access, &location, &who);
}

#endif

/* observe(): a file was opened, received or executed. The one line through the kernel side, whatever the way in:
 *
 *   file -> store? (resolve) -> who? (identity) -> permitted? (decide: count, done) -> record -> ring
 */
#ifndef PURPOSEWATCH_OBSERVE_H
#define PURPOSEWATCH_OBSERVE_H

#include "record.h"
#include "decide.h"

enum { DESCRIBE_AGAIN_NS = 10 * 1000 * 1000 * 1000ULL };

/* How a process came to a file. */
enum way {
  PW_OPENED,
  PW_RECEIVED, /* from another process that had opened it */
  PW_EXECUTED,
};

/* The kinds of access that this is. One may be several: O_RDWR reads and writes. */
static __always_inline __u32 kinds_of(enum way way, __u64 file, __u32 inode_mode) {
  if (way == PW_EXECUTED) return 1U << PW_EXEC;
  __u32 mode = READ(struct file, file, f_mode);
  __u32 flags = READ(struct file, file, f_flags);
  if (mode & FMODE_PATH) return 0; /* no right to the bytes: its later use is what counts */
  if (flags & FMODE_EXEC_FLAG) return 1U << PW_EXEC;
  if ((inode_mode & S_IFMT) == S_IFDIR && !(flags & O_TMPFILE_FLAG)) return 1U << PW_LIST;
  if (way == PW_OPENED && (mode & FMODE_CREATED || flags & O_TMPFILE_FLAG)) return 1U << PW_CREATE;
  __u32 kinds = 0;
  if (mode & FMODE_READ) kinds |= 1U << PW_READ;
  if (mode & FMODE_WRITE) kinds |= 1U << PW_WRITE;
  return kinds;
}

static __always_inline void count_seen(__u32 kinds, int lost) {
  struct pw_cpu_stats *mine = stats();
  __u64 accesses = 0; /* an open is at most two kinds, but this holds for any */
  for (__u32 kind = 0; kind < PW_KINDS; kind++) accesses += (kinds >> kind) & 1;
  __sync_fetch_and_add(&mine->seen, accesses);
  if (lost) __sync_fetch_and_add(&mine->lost, accesses);
}

/* The number under which user space knows the task; describes it first when that is due. 0: no room. */
static __noinline __u64 subject_of(struct task_struct *current, struct pw_task *state, struct who *who, __u64 now) {
  __u64 mix = who_mix(who->uid, who->euid, who->gid, who->loginuid, who->cgroup);
  if (state && state->subject && state->described_who == mix && now - state->described_ns <= DESCRIBE_AGAIN_NS)
    return state->subject;
  __u64 subject = describe(current, state, who, now);
  if (state && subject) {
    state->subject = subject;
    state->described_ns = now;
    state->described_who = mix;
  }
  return subject;
}

/* Bytes of the path below the anchor. */
static __noinline __u32 path_bytes(__u64 file, struct location *location) {
  struct length_sum sum = {};
  sum.bytes = unknown_zero;
  start_at(&sum.at, file, location->hops);
  if (location->height) bpf_loop(location->height, add_length, &sum, 0);
  return sum.bytes;
}

/* An access to a store: decided here, or told. */
static __noinline int judge_access(struct location *location, enum way way) {
  struct access access = {.file = location->file, .generation = location->generation};
  access.inode = READ_ADDRESS(struct file, access.file, f_inode);
  access.kinds = kinds_of(way, access.file, READ(struct inode, access.inode, i_mode));
  if (!access.kinds) return 0;
  struct task_struct *current = bpf_get_current_task_btf();
  if (current->tgid == agent_tgid) return 0;
  access.owner = READ(struct inode, access.inode, i_uid).val;
  struct who who;
  identify_actor(&who, current);
  struct pw_task *state = task_state(current);
  if (!location->unsure) {
    struct judgement judgement = {.task = state, .generation = access.generation, .euid = who.euid,
                                  .owner = access.owner, .kinds = access.kinds, .store = location->store - 1};
    decide(&judgement, who.cgroup);
    access.kinds = judgement.kinds;
    if (!access.kinds) return 0;
  }
  identify_person(&who, current);
  access.now = bpf_ktime_get_boot_ns();
  access.subject = subject_of(current, state, &who, access.now);
  access.path_bytes = path_bytes(access.file, location);
  access.sequence = __sync_fetch_and_add(&last_sequence, 1) + 1;
  int delivered = 0;
  if (access.subject) {
    if (access.path_bytes < PW_PATH_SMALL)
      delivered = submit_small(&access, location);
    else
      delivered = submit_large(&access, location);
  }
  count_seen(access.kinds, !delivered);
  return 0;
}

static __always_inline void observe(__u64 file, enum way way) {
  __u32 now_generation = *(volatile __u32 *)&generation;
  if (!now_generation) return;
  struct location location = {.file = file, .generation = now_generation};
  if (resolve(&location)) judge_access(&location, way);
}

#endif

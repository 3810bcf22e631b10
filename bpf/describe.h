/* A task, described to user space before its first access that goes up, and again when it changes: so that nothing has to
 * be asked of /proc, where the process may be gone. */
#ifndef PURPOSEWATCH_DESCRIBE_H
#define PURPOSEWATCH_DESCRIBE_H

#include "identity.h"
#include "ring.h"
#include "write_path.h"

enum { DESCRIBE_AGAIN_NS = 10 * 1000 * 1000 * 1000ULL };

PW_PUT_STEP(put_step_exe, PW_EXE_PATH)
PW_PUT_STEP(put_step_ancestor, PW_ANCESTOR_EXE_PATH)

/* Describes the leader of a process. A global function: verified once and by itself. */
__noinline int describe_ancestor(struct pw_ancestor *ancestor, __u64 leader) {
  if (!ancestor) return 0;
  ancestor->pid = READ(struct task_struct, leader, tgid);
  ancestor->start_boot_ns = READ(struct task_struct, leader, start_boottime);
  read_comm(ancestor->comm, leader);
  struct path_writer writer = {.bytes = ancestor->exe, .offset = PW_ANCESTOR_EXE_PATH - unknown_zero};
  __u64 exe = exe_file_of(leader);
  if (exe) {
    start_at_file(&writer.at, exe);
    bpf_loop(PW_WALK_DEPTH_MAX, put_step_ancestor, &writer, 0);
  }
  ancestor->exe_offset = writer.offset;
  return 0;
}

struct ancestry {
  struct pw_process_record *record;
  __u64 task;
};

static long next_ancestor(__u32 index, void *context) {
  struct ancestry *chain = context;
  __u64 parent = READ_ADDRESS(struct task_struct, chain->task, real_parent);
  if (!parent || parent == chain->task || index >= PW_ANCESTORS_MAX) return 1;
  if (READ(struct task_struct, parent, pid) == 0) return 1; /* the idle task is nobody's actor */
  chain->task = read_word(parent + bpf_core_field_offset(struct task_struct, group_leader));
  describe_ancestor(&chain->record->ancestor[index & (PW_ANCESTORS_MAX - 1)], chain->task);
  chain->record->ancestors = index + 1;
  return 0;
}

struct cgroup_writer {
  struct path_writer path;
  __u64 node; /* of kernfs; 0: the root has been passed, so nothing is missing */
};

static long put_cgroup_step(__u32 index, void *context) {
  struct cgroup_writer *writer = context;
  __u64 node = writer->node;
  __u64 parent;
  if (bpf_core_field_exists(((struct kernfs_node___6_15 *)0)->__parent))
    parent = READ_ADDRESS(struct kernfs_node___6_15, node, __parent);
  else
    parent = READ_ADDRESS(struct kernfs_node, node, parent);
  if (!parent) {
    writer->node = 0;
    return 1;
  }
  const char *name = READ(struct kernfs_node, node, name);
  /* kernfs keeps no length: read it once, into the slack, to learn it, and once more into its place. */
  long length = bpf_probe_read_kernel_str(writer->path.bytes + PW_CGROUP_PATH, PW_SLACK, name);
  if (length < 1) return 1;
  if (put_name(&writer->path, PW_CGROUP_PATH, (__u64)name, length - 1)) return 1;
  writer->node = parent;
  return 0;
}

/* Returns the offset of the path. The unit is the name nearest to the root: of a path without its head, whoever made the
 * deep end would choose it, so there is none. A global function. */
__noinline int put_cgroup(struct pw_cgroup_path *path, __u64 node) {
  if (!path) return 0;
  struct cgroup_writer cgroup = {.node = node};
  cgroup.path.bytes = path->bytes;
  cgroup.path.offset = PW_CGROUP_PATH - unknown_zero;
  bpf_loop(PW_CGROUP_DEPTH_MAX, put_cgroup_step, &cgroup, 0);
  return cgroup.node ? PW_CGROUP_PATH : cgroup.path.offset;
}

/* Likewise, the whole way from a struct path, which is in the kernel; what is below nothing ("memfd:x", a pipe) has none. */
__noinline int put_way(struct pw_exe_path *path, __u64 *way) {
  if (!path || !way) return 0;
  struct path_writer writer = {.bytes = path->bytes, .offset = PW_EXE_PATH - unknown_zero};
  start_at_way(&writer.at, *way);
  bpf_loop(PW_WALK_DEPTH_MAX, put_step_exe, &writer, 0);
  return writer.offset;
}

/* Likewise, "/name". */
__noinline int put_lone_name(struct pw_exe_path *path, __u64 name, __u32 length) {
  if (!path) return 0;
  struct path_writer writer = {.bytes = path->bytes, .offset = PW_EXE_PATH - unknown_zero};
  put_name(&writer, PW_EXE_PATH, name, length);
  return writer.offset;
}

/* Likewise, of the executable, which then has its own name. */
static __always_inline __u32 put_exe(struct pw_exe_path *path, __u64 task) {
  __u64 exe = exe_file_of(task);
  __u64 way = way_of_file(exe);
  __u32 offset = exe ? put_way(path, &way) : PW_EXE_PATH;
  if (!exe || offset != PW_EXE_PATH) return offset;
  __u64 dentry = READ_ADDRESS(struct file, exe, f_path.dentry);
  return put_lone_name(path, read_word(dentry + bpf_core_field_offset(struct dentry, d_name.name)),
                       READ(struct dentry, dentry, d_name.len));
}

/* What started it. A global function, as is_in_store. */
__noinline int put_origin(struct pw_process_record *record, struct pw_task *state) {
  if (!record) return 0;
  struct pw_inode_key script = {};
  if (state) script = state->script_file;
  record->script_file = script;
  record->script = state ? state->script : 0;
  record->script_named = state ? state->script_named : 0;
  for (__u32 i = 0; i < PW_LINEAGE_MAX; i++) record->lineage[i] = state ? state->lineage[i] : 0;
  struct pw_script_place *place = bpf_map_lookup_elem(&script_places, &script);
  if (place)
    bpf_probe_read_kernel(&record->script_place, sizeof(record->script_place), place);
  else
    record->script_place.offset = PW_SCRIPT_PATH;
  return 0;
}

/* Ids that, when they change, make a task worth describing again. */
static __always_inline __u64 who_mix(__u32 uid, __u32 euid, __u32 egid, __u32 loginuid, __u64 cgroup) {
  __u64 mix = uid;
  mix = mix * 0x100000001b3ULL ^ euid;
  mix = mix * 0x100000001b3ULL ^ egid;
  mix = mix * 0x100000001b3ULL ^ loginuid;
  return mix * 0x100000001b3ULL ^ cgroup;
}

struct who {
  __u64 task;
  __u64 cgroup_node, cgroup;
  __u32 uid, euid, egid, loginuid;
};

/* What decides; the rest is looked at when there is something to tell. */
static __always_inline void identify_actor(struct who *who, struct task_struct *current) {
  if (who->task == (__u64)current) {
    struct kernfs_node *node = current->cgroups->dfl_cgrp->kn;
    who->euid = current->cred->euid.val;
    who->egid = current->cred->egid.val;
    who->cgroup_node = (__u64)node;
    who->cgroup = node->id;
    return;
  }
  __u64 cgroups = READ_ADDRESS(struct task_struct, who->task, cgroups);
  __u64 cred = READ_ADDRESS(struct task_struct, who->task, cred);
  who->euid = READ(struct cred, cred, euid).val;
  who->egid = READ(struct cred, cred, egid).val;
  who->cgroup_node = READ_ADDRESS(struct cgroup, READ_ADDRESS(struct css_set, cgroups, dfl_cgrp), kn);
  who->cgroup = READ(struct kernfs_node, who->cgroup_node, id);
}

static __always_inline void identify_person(struct who *who) {
  __u64 cred = READ_ADDRESS(struct task_struct, who->task, cred);
  who->uid = READ(struct cred, cred, uid).val;
  who->loginuid = READ(struct task_struct, who->task, loginuid).val;
}

/* A task, in a record that is all of it to fill. */
static __always_inline void fill_process(struct pw_process_record *record, __u64 subject, struct who *who,
                                         struct pw_task *state, __u64 now) {
  __u64 task = who->task;
  __u64 leader = READ_ADDRESS(struct task_struct, task, group_leader);
  __u64 parent = READ_ADDRESS(struct task_struct, task, real_parent);
  head(&record->head, PW_RECORD_PROCESS, sizeof(*record), subject, now);
  record->start_boot_ns = READ(struct task_struct, leader, start_boottime);
  record->parent_start_boot_ns = READ(struct task_struct, parent, start_boottime);
  struct pw_inode_key unknown = {};
  record->exe = state ? state->exe : unknown;
  record->program = state ? state->program : 0;
  record->cgroup = who->cgroup;
  record->tgid = READ(struct task_struct, task, tgid);
  record->pid = READ(struct task_struct, task, pid);
  record->ppid = READ(struct task_struct, parent, tgid);
  record->uid = who->uid;
  record->euid = who->euid;
  record->egid = who->egid;
  record->loginuid = who->loginuid;
  record->session = READ(struct task_struct, task, sessionid);
  record->ancestors = 0;
  read_comm(record->comm, task);

  put_origin(record, state);
  record->exe_offset = put_exe(&record->exe_path, task);
  record->cgroup_offset = put_cgroup(&record->cgroup_path, who->cgroup_node);
  struct ancestry chain = {.record = record, .task = leader};
  bpf_loop(PW_ANCESTORS_MAX, next_ancestor, &chain, 0);
  if (!state || !state->tampering ||
      bpf_probe_read_kernel(&record->tampering, sizeof(record->tampering), (const void *)state->tampering))
    record->tampering.how = PW_NOT_TAMPERED;
}

/* Describes a task under a new number. 0: no room. */
static __always_inline __u64 describe(struct who *who, struct pw_task *state, __u64 now) {
  struct pw_process_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
  if (!record) return 0;
  __u64 subject = __sync_fetch_and_add(&last_subject, 1) + 1;
  fill_process(record, subject, who, state, now);
  bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP); /* the access that follows wakes */
  return subject;
}

/* 0: it has to be described. */
static __always_inline __u64 known_subject(const struct who *who, const struct pw_task *state, __u64 now) {
  if (!state || now - state->described_ns > DESCRIBE_AGAIN_NS || state->described_ns < *(volatile __u64 *)&reader_since_ns) return 0;
  __u64 mix = who_mix(who->uid, who->euid, who->egid, who->loginuid, who->cgroup);
  return state->described_who == mix ? state->subject : 0;
}

/* Sets *subject to the number under which user space knows the task; describes it first when that is due.
 * 0: no room. A global function, as is_in_store. */
__noinline int subject_of(__u64 *subject, struct who *who, struct pw_task *state, __u64 now) {
  if (!subject || !who) return 0;
  *subject = known_subject(who, state, now);
  if (*subject) return 0;
  *subject = describe(who, state, now);
  if (state && *subject) {
    state->subject = *subject;
    state->described_ns = now;
    state->described_who = who_mix(who->uid, who->euid, who->egid, who->loginuid, who->cgroup);
  }
  return 0;
}

#endif

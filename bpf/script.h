/* Which script an exec was asked to run: found when its interpreter is in place.
 *
 * By then the kernel has let go of the script's file. But what it lets go of within a system call, it closes on the way out
 * of that: until then the file is in the task's list of works. Of those there that were opened to be executed, as nothing but
 * exec opens files, the script is the oldest: the interpreter's own and those of the program that is left come after it. So
 * no hook is needed that some kernels refuse, nothing has to be kept for an exec that may yet fail, and no string is believed.
 *
 * That an interpreter was told on its command line to read a file is not seen here: only what exec itself was asked for. */
#ifndef PURPOSEWATCH_SCRIPT_H
#define PURPOSEWATCH_SCRIPT_H

#include "identity.h"
#include "write_path.h"

static __always_inline __u64 file_of_work(__u64 work) {
  if (bpf_core_field_exists(((struct file___6_9 *)0)->f_task_work))
    return work - bpf_core_field_offset(struct file___6_9, f_task_work);
  return work - bpf_core_field_offset(struct file___6_1, f_rcuhead);
}

/* Works are not all files: one that is none hardly looks like a file that was opened to be executed. */
static __always_inline int was_opened_by_exec(__u64 file) {
  if (!(READ(struct file, file, f_flags) & FMODE_EXEC_FLAG)) return 0;
  __u64 inode = READ_ADDRESS(struct file, file, f_inode);
  __u64 dentry = READ_ADDRESS(struct file, file, f_path.dentry);
  return inode && dentry && READ_ADDRESS(struct dentry, dentry, d_inode) == inode &&
         (READ(struct inode, inode, i_mode) & S_IFMT) == S_IFREG;
}

struct closing_files {
  __u64 work;
  __u64 script; /* the oldest so far that exec opened */
};

static long look_at_work(__u32 index, void *context) {
  struct closing_files *closing = context;
  if (!closing->work) return 1;
  __u64 file = file_of_work(closing->work);
  if (was_opened_by_exec(file)) closing->script = file;
  closing->work = READ_ADDRESS(struct callback_head, closing->work, next);
  return 0;
}

/* The file; 0: no script, or one that is not to be found: then it is nobody's. */
static __always_inline __u64 script_of(__u64 current, __u64 bprm) {
  if (READ_ADDRESS(struct linux_binprm, bprm, interp) == READ_ADDRESS(struct linux_binprm, bprm, filename)) return 0;
  __u64 kept = READ_ADDRESS(struct linux_binprm, bprm, executable);
  if (kept) return kept;
  struct closing_files closing = {.work = READ_ADDRESS(struct task_struct, current, task_works)};
  closing.script = unknown_zero;
  bpf_loop(PW_FILES_CLOSING_MAX, look_at_work, &closing, 0);
  return closing.script;
}

static __always_inline __u64 root_of(__u64 task) {
  return READ_ADDRESS(struct fs_struct, READ_ADDRESS(struct task_struct, task, fs), root.dentry);
}

static __always_inline __u64 mount_user_ns_of(__u64 task) {
  __u64 spaces = READ_ADDRESS(struct task_struct, task, nsproxy);
  return spaces ? READ_ADDRESS(struct mnt_namespace, READ_ADDRESS(struct nsproxy, spaces, mnt_ns), user_ns) : 0;
}

static __always_inline void remember_host(__u64 agent) {
  host_root = root_of(agent);
  host_user_ns = mount_user_ns_of(agent);
  host_net = READ_ADDRESS(struct nsproxy, READ_ADDRESS(struct task_struct, agent, nsproxy), net_ns);
}

/* Under another root, or where an unprivileged user may mount, a name leads where somebody likes. */
static __always_inline int sees_the_hosts_names(__u64 task) {
  return host_root && root_of(task) == host_root && mount_user_ns_of(task) == host_user_ns;
}

/* Is it the policy's, by the name that it was given and by its inode? A global function, as is_in_store: its key takes half
 * of the stack. */
__noinline int name_script(struct pw_task *task, __u64 *given) {
  if (!task || !given) return 0;
  struct pw_script_name name = {};
  long length = bpf_probe_read_kernel_str(name.bytes, sizeof(name.bytes), (const void *)*given);
  if (length < 1 || length >= (long)sizeof(name.bytes)) return 0;
  struct pw_script *script = bpf_map_lookup_elem(&scripts, &name);
  if (!script) return 0;
  task->script_named = script->number;
  if (script->file.inode == task->script_file.inode && script->file.device == task->script_file.device &&
      script->file.generation == task->script_file.generation)
    task->script = script->number;
  return 0;
}

PW_PUT_STEP(put_step_script, PW_SCRIPT_PATH)

static const struct pw_script_place unknown_place = {};

/* A global function, as is_in_store. */
__noinline int note_script_place(__u64 *file) {
  if (!file) return 0;
  struct pw_inode_key key = {};
  key_of_inode(&key, READ_ADDRESS(struct file, *file, f_inode));
  struct pw_script_place *place = bpf_map_lookup_elem(&script_places, &key);
  if (!place) {
    bpf_map_update_elem(&script_places, &key, &unknown_place, BPF_NOEXIST);
    place = bpf_map_lookup_elem(&script_places, &key);
    if (!place) return 0;
  }
  struct path_writer writer = {.bytes = place->path.bytes, .offset = PW_SCRIPT_PATH - unknown_zero};
  start_at_file(&writer.at, *file);
  bpf_loop(way_length(&writer.at), put_step_script, &writer, 0);
  place->offset = writer.offset;
  return 0;
}

/* Into the stamp, at exec. */
static __always_inline void stamp_script(struct pw_task *task, __u64 current, __u64 bprm) {
  struct pw_inode_key key = {};
  __u64 file = script_of(current, bprm);
  if (file) key_of_inode(&key, READ_ADDRESS(struct file, file, f_inode));
  task->script_file = key;
  task->script = 0;
  task->script_named = 0;
  if (!file) return;
  note_script_place(&file);
  __u64 given = READ_ADDRESS(struct linux_binprm, bprm, filename);
  if (sees_the_hosts_names(current)) name_script(task, &given);
}

#endif

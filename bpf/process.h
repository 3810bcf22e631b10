/* Processes: stamped at exec, inherited by fork, and, for those older than the agent, found by walking the tasks. */
#ifndef PURPOSEWATCH_PROCESS_H
#define PURPOSEWATCH_PROCESS_H
#include "environment.h"
#include "held_files.h"
#include "lineage.h"
#include "own_files.h"
#include "script.h"

/* task_newtask rather than sched_process_fork: it also sees threads and io_uring's workers. */
SEC("tp_btf/task_newtask")
int on_task_newtask(unsigned long long *ctx) {
  struct task_struct *child = (struct task_struct *)ctx[0];
  count_fired(PW_HOOK_TASK_NEWTASK);
  struct task_struct *current = bpf_get_current_task_btf();
  if (child->pid == child->tgid) {
    inherit_holdings(child, current);
    inherit_tampering(child, current);
  }
  struct pw_task *parent = bpf_task_storage_get(&tasks, current, 0, 0);
  if (!parent || !parent->stamped) return 0; /* stamped from its own executable when it first matters */
  struct pw_task *mine = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!mine) return 0;
  inherit(mine, parent);
  return 0;
}

/* By its address space: the flag in thread_info has another bit in other kernels. */
static __always_inline int is_32_bit(__u64 task) {
  __u64 mm = READ_ADDRESS(struct task_struct, task, mm);
  return mm && READ(struct mm_struct, mm, task_size) <= 1ULL << 32;
}

/* Whoever traces a task that starts a program may write into that from its first instruction on. */
static __always_inline void start_traced(struct task_struct *current, struct pw_task *task) {
  struct task_struct *tracer = current->parent;
  struct who who = {.task = (__u64)tracer};
  identify_actor(&who, tracer);
  if (!is_the_same(task_state(tracer), task, &who, (__u64)current))
    taint(current, (__u64)tracer, PW_BY_TRACED_EXEC);
}

/* A function of its own, since its frame would be one too many below observe's. */
static __noinline int become(struct task_struct *current, __u64 file, __u64 bprm, int believes_variables) {
  struct pw_task *task = bpf_task_storage_get(&tasks, current, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (task) {
    leave_program(current, task);
    stamp_script(task, (__u64)current, bprm);
    stamp(task, file);
  }
  drop_memory(current);
  if (tampering_epoch) bpf_task_storage_delete(&tamperings, current);
  if (current->ptrace) start_traced(current, task);
  if (task && task->program && believes_variables) look_at_environment(current);
  if (!runs_32_bit && is_32_bit((__u64)current)) {
    runs_32_bit = 1;
    /* Nothing to tell, but user space has to look, and now. */
    void *record = bpf_ringbuf_reserve(&records, sizeof(__u64), 0);
    if (record) bpf_ringbuf_discard(record, BPF_RB_FORCE_WAKEUP);
  }
  return 0;
}

/* Up to here, exec may fail; what follows ends the other threads, the leader among them. */
static __always_inline int prepare_exec(void) {
  count_fired(PW_HOOK_PREPARE_EXEC);
  take_leaders_place(bpf_get_current_task_btf());
  return 0;
}

SEC("lsm/bprm_check_security")
int on_bprm_check(unsigned long long *ctx) {
  return prepare_exec();
}

SEC("tp_btf/sched_prepare_exec")
int on_prepare_exec(unsigned long long *ctx) {
  return prepare_exec();
}

/* (task, old_pid, bprm): the new program is in place, its first instruction has not run. */
SEC("tp_btf/sched_process_exec")
int on_process_exec(unsigned long long *ctx) {
  count_fired(PW_HOOK_PROCESS_EXEC);
  __u64 file = READ_ADDRESS(struct linux_binprm, ctx[2], file);
  struct linux_binprm *bprm = (struct linux_binprm *)ctx[2];
  struct task_struct *current = bpf_get_current_task_btf();
  become(current, file, ctx[2], !BPF_CORE_READ_BITFIELD(bprm, secureexec));
  if (exec_is_observed || *(volatile __u32 *)&stand_in_acts) observe_apart(file, PW_EXECUTED);
  observe_inherited(current);
  look_at_own_files();
  return 0;
}

/* Run once after the hooks are attached, and after a reload that names new programs: tasks that have no stamp get
 * one, and tasks of no program are asked again. A stamp that names a program stays. */
SEC("iter/task")
int stamp_tasks(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (!task) return 0;
  if (is_32_bit((__u64)task)) runs_32_bit = 1;
  struct pw_task *state = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!state) return 0;
  if (READ(struct task_struct, (__u64)task, tgid) == agent_tgid) remember_host((__u64)task);
  __u64 exe = exe_file_of((__u64)task);
  if (exe && !(state->stamped && state->program)) stamp(state, exe);
  if (READ(struct task_struct, (__u64)task, tgid) == agent_tgid) agent_exe = state->exe;
  if (is_named_script_by_now(state)) {
    state->script = state->script_named;
    forget_answers(state);
  }
  __u64 leader = READ_ADDRESS(struct task_struct, (__u64)task, group_leader);
  if (learn_lineage(state, &leader)) forget_answers(state);
  return 0;
}

/* The identity of the agent's own descriptors as the kernel knows it: stat(2) differs on some file systems. */
SEC("iter/task_file")
int identify_descriptors(struct bpf_iter__task_file *ctx) {
  struct task_struct *task = ctx->task;
  struct file *file = ctx->file;
  if (!task || !file) return 0;
  if (READ(struct task_struct, (__u64)task, pid) != agent_tgid) return 0;
  struct pw_descriptor descriptor = {.fd = ctx->fd};
  key_of_inode(&descriptor.key, READ_ADDRESS(struct file, (__u64)file, f_inode));
  bpf_seq_write(ctx->meta->seq, &descriptor, sizeof(descriptor));
  return 0;
}

#endif

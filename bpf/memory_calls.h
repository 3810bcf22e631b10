/* Memory of another process, on kernels that refuse LSM and fentry programs: the results of the calls that reach it. Which
 * process, and for what, stands in registers, where no other thread can change it; of a file, in its inode.
 *
 * Processes are found by their number, for which kernels before 6.13 have nothing that a program may call. */
#ifndef PURPOSEWATCH_MEMORY_CALLS_H
#define PURPOSEWATCH_MEMORY_CALLS_H
#include "agent_guard.h"
#include "own_files.h"
#include "layers.h"
#include "memory.h"

/* The record of any call's tracepoint sys_exit_* (the `format` file beside the tracepoint's id in tracefs). */
struct call_result {
  __u64 common;
  __u32 call;
  __u32 reserved;
  long result;
};

extern struct task_struct *bpf_task_from_vpid(int pid) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

/* Of its own memory a process may do what it likes. */
static __always_inline void reached_memory(struct task_struct *actor, struct task_struct *target, __u32 tampering) {
  if (is_agent(target))
    tell_tampering(actor, PW_TAMPER_MEMORY, 0);
  else if (actor->tgid != target->tgid)
    reach_memory(actor, target, tampering);
}

/* As the caller counts processes. One that has ended meanwhile can't be told of any more. */
static __always_inline void reached_memory_of(int pid, __u32 tampering) {
  struct task_struct *target = bpf_task_from_vpid(pid);
  if (!target && generation) count_unknown();
  if (!target) return;
  reached_memory(bpf_get_current_task_btf(), target, tampering);
  bpf_task_release(target);
}

enum { PTRACE_TRACEME = 0, PTRACE_ATTACH = 16, PTRACE_SEIZE = 0x4206 };

static __always_inline void traced(__u64 request, int pid) {
  struct task_struct *current = bpf_get_current_task_btf();
  if (request == PTRACE_ATTACH || request == PTRACE_SEIZE) reached_memory_of(pid, PW_BY_TRACING);
  if (request == PTRACE_TRACEME) reached_memory(current->parent, current, PW_BY_TRACING); /* the parent is the actor */
}

/* x86-64, i386 */
enum { CALL_PTRACE = 101, CALL_PROCESS_VM_READV = 310, CALL_PROCESS_VM_WRITEV = 311 };
enum { CALL_32_PTRACE = 26, CALL_32_PROCESS_VM_READV = 347, CALL_32_PROCESS_VM_WRITEV = 348 };

/* Attached to each of the calls that agent/kernel/system_calls.cc lists. */
SEC("tracepoint")
int on_memory_call(struct call_result *ctx) {
  if (!fires(PW_HOOK_MEMORY_CALL)) return 0;
  if (ctx->result < 0) return 0;
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
  if (ctx->call == CALL_PTRACE)
    traced(registers->di, registers->si);
  else
    reached_memory_of(registers->di, ctx->call == CALL_PROCESS_VM_WRITEV ? PW_BY_WRITING : PW_NOT_TAMPERED);
  return 0;
}

/* What tracepoints of single calls do not show. */
SEC("tp_btf/sys_exit")
int on_any_memory_call(unsigned long long *ctx) {
  struct task_struct *current = bpf_get_current_task_btf();
  if (!(current->thread_info.status & TS_COMPAT)) return 0;
  struct pt_regs *registers = (struct pt_regs *)bpf_task_pt_regs(current);
  __u64 call = registers->orig_ax;
  if (call != CALL_32_PTRACE && call != CALL_32_PROCESS_VM_READV && call != CALL_32_PROCESS_VM_WRITEV) return 0;
  if (!fires(PW_HOOK_ANY_MEMORY_CALL)) return 0;
  if ((long)ctx[1] < 0) return 0;
  if (call == CALL_32_PTRACE)
    traced(registers->bx, registers->cx);
  else
    reached_memory_of(registers->bx, call == CALL_32_PROCESS_VM_WRITEV ? PW_BY_WRITING : PW_NOT_TAMPERED);
  return 0;
}

enum { MEM = 'm' | 'e' << 8 | 'm' << 16 };

static __always_inline int is_memory_file(__u64 file) {
  __u64 dentry = READ_ADDRESS(struct file, file, f_path.dentry);
  if (READ(struct dentry, dentry, d_name.len) != 3 || READ(struct file, file, f_mode) & FMODE_PATH) return 0;
  return name_word(READ_ADDRESS(struct dentry, dentry, d_name.name), 3, 0) == MEM;
}

/* /proc/PID/mem was opened. A global function, as is_in_store; hence verified also where nothing calls it. */
__noinline int opened_memory(__u64 *file) {
  if (!finds_tasks || !file) return 0;
  __u64 inode = READ_ADDRESS(struct file, *file, f_inode);
  __u64 pid = READ_ADDRESS(struct proc_inode, inode - bpf_core_field_offset(struct proc_inode, vfs_inode), pid);
  if (!pid) return 0;
  struct task_struct *target = bpf_task_from_pid(READ(struct upid, pid + bpf_core_field_offset(struct pid, numbers), nr));
  if (!target) return 0;
  reached_memory(bpf_get_current_task_btf(), target,
                 READ(struct file, *file, f_mode) & FMODE_WRITE ? PW_BY_WRITING : PW_NOT_TAMPERED);
  bpf_task_release(target);
  return 0;
}

/* A file that was opened, whatever it is of. */
static __always_inline void observe_opened(__u64 file) {
  follow(file, observe(file, PW_OPENED));
  __u64 super = READ_ADDRESS(struct inode, READ_ADDRESS(struct file, file, f_inode), i_sb);
  unsigned long magic = READ(struct super_block, super, s_magic);
  if (magic == PROC_SUPER_MAGIC && finds_tasks && is_memory_file(file)) opened_memory(&file);
  if (magic == PROC_SUPER_MAGIC && READ(struct file, file, f_mode) & FMODE_WRITE) guard_settings(&file);
  if (magic != OVERLAYFS_SUPER_MAGIC) return;
  __u64 layer = layer_of(file);
  if (layer) observe_layer(layer);
}

#endif

/* Descriptors that were not opened under our eyes by the program that holds them: those that it inherited over an exec, and
 * those that are older than the agent. To hold one that can be read is a `read`. */
#ifndef PURPOSEWATCH_HELD_FILES_H
#define PURPOSEWATCH_HELD_FILES_H
#include "observe.h"
#include "workspace.h"

static __always_inline int may_be_stored(__u64 file) {
  __u32 type = READ(struct inode, READ_ADDRESS(struct file, file, f_inode), i_mode) & S_IFMT;
  return type == S_IFREG || type == S_IFDIR || type == S_IFBLK;
}

/* As observe, where frames leave no room for a location. */
static __always_inline void observe_apart(__u64 file, enum way way) {
  if (!may_be_stored(file)) return;
  struct workspace *workspace = workspace_of(bpf_get_current_task_btf());
  if (!workspace) return;
  observe_at(&workspace->location, file, way);
}

/* The open descriptors of a table, one bit for each. */
struct open_files {
  __u64 files; /* address of the array */
  __u64 bits;  /* and of the bits, */
  __u64 open;  /* of which these are looked at now: */
  __u32 next;  /* those before this descriptor */
  __u32 end;
};

enum { BITS = 64 };

static __always_inline __u32 lowest_bit(__u64 bits) {
  __u64 below = (bits & -bits) - 1;
  below = below - ((below >> 1) & 0x5555555555555555ULL);
  below = (below & 0x3333333333333333ULL) + ((below >> 2) & 0x3333333333333333ULL);
  below = (below + (below >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
  return (below * 0x0101010101010101ULL) >> 56;
}

static long next_open_file(__u32 index, void *context) {
  struct open_files *table = context;
  if (!table->open) {
    if (table->next >= table->end) return 1;
    table->open = read_word(table->bits + table->next / 8);
    table->next += BITS;
    return 0;
  }
  __u32 number = table->next - BITS + lowest_bit(table->open);
  table->open &= table->open - 1;
  __u64 file = read_word(table->files + number * sizeof(file));
  if (file) observe_apart(file, PW_INHERITED);
  return 0;
}

/* After an exec: what was to be closed is closed, and the table is this process's alone. */
static __always_inline void observe_inherited(struct task_struct *current) {
  __u64 descriptors = READ_ADDRESS(struct files_struct, (__u64)current->files, fdt);
  struct open_files table = {.files = READ_ADDRESS(struct fdtable, descriptors, fd),
                             .bits = READ_ADDRESS(struct fdtable, descriptors, open_fds),
                             .end = READ(struct fdtable, descriptors, max_fds)};
  table.open = table.next = unknown_zero;
  bpf_loop(table.end + table.end / BITS + 1, next_open_file, &table, 0);
}

/* At the end of the iteration: what the agent starts later must not inherit what it stood in for. It is stamped anew when
 * that matters. */
static __always_inline void become_oneself(void) {
  struct pw_task *mine = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
  if (mine) __builtin_memset(mine, 0, sizeof(*mine));
}

/* Once, when the first policy is in force. The agent runs this; for each descriptor it stands in for the task that holds it,
 * with a copy of its state. */
SEC("iter/task_file")
int observe_held_files(struct bpf_iter__task_file *ctx) {
  struct task_struct *task = ctx->task;
  struct file *file = ctx->file;
  if (!task) become_oneself();
  if (!task || !file || task->tgid == agent_tgid) return 0;
  struct pw_task *mine = task_state(bpf_get_current_task_btf());
  struct pw_task *its = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!mine || !its) return 0;
  look_for_tampering(task, its);
  if (stands_in_for != (__u64)task) {
    *mine = *its;
    mine->subject = 0;
  }
  stands_in_for = (__u64)task;
  observe_apart((__u64)file, PW_INHERITED);
  hand_over_held(task);
  return 0;
}

#endif

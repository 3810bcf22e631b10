/* The kernel's types, as far as the programs here read them: by hand, since a generated header is two megabytes
 * of what nobody reads. Offsets are corrected at load (CO-RE, preserve_access_index), so that only names and
 * types of members matter, not their order. Checked on 6.1, 6.12 and 6.18. */
#ifndef PURPOSEWATCH_KERNEL_TYPES_H
#define PURPOSEWATCH_KERNEL_TYPES_H

#include "kernel_constants.h"

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

/* One number in a nameless struct: there is nothing to relocate. */
typedef struct {
  __u32 val;
} kuid_t;
typedef struct {
  __u32 val;
} kgid_t;
typedef struct {
  __u64 val; /* a bit for each capability; until 6.2 two words of 32 */
} kernel_cap_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_node {
  struct hlist_node *next;
};

struct hlist_head {
  struct hlist_node *first;
};

struct qstr {
  __u32 len;
  __u64 hash_len;
  const unsigned char *name;
};

struct list_head {
  struct list_head *next;
};

struct super_block {
  unsigned long s_magic;
  __u32 s_dev;
  struct dentry *s_root;
  struct list_head s_mounts; /* of mnt_instance, until 6.16 */
};

struct super_block___6_17 {
  struct mount *s_mounts;
};

struct count {
  int counter;
};

struct inode {
  __u16 i_mode;
  kuid_t i_uid;
  struct super_block *i_sb;
  unsigned long i_ino;
  unsigned int i_nlink;
  __u32 i_rdev; /* of a device's node: which one */
  struct count i_count;
  struct hlist_head i_dentry; /* its names: dentry.d_u.d_alias */
  __u32 i_generation;
};

union dentry_use {
  struct hlist_node d_alias; /* of d_inode's names */
};

struct dentry {
  unsigned int d_flags;
  union dentry_use d_u;
  struct dentry *d_parent;
  struct qstr d_name;
  struct inode *d_inode;
  struct super_block *d_sb;
};

struct vfsmount {
  struct dentry *mnt_root;
  int mnt_flags;
};

struct user_namespace;

struct ns_common {
  unsigned int inum; /* what stat(2) shows of /proc/PID/ns/NAME */
};

struct mnt_namespace {
  struct ns_common ns;
  struct user_namespace *user_ns;
};

struct mount {
  struct mount *mnt_parent;
  struct dentry *mnt_mountpoint;
  struct vfsmount mnt;
  struct list_head mnt_instance; /* until 6.16 */
  struct mnt_namespace *mnt_ns;
};

struct mount___6_17 {
  struct mount *mnt_next_for_sb;
};

struct path {
  struct vfsmount *mnt;
  struct dentry *dentry;
};

struct file {
  struct path f_path;
  struct inode *f_inode;
  unsigned int f_flags;
  unsigned int f_mode;
  void *private_data;
};

struct kiocb {
  struct file *ki_filp;
};

struct backing_file { /* since 6.5; user_path since 6.7 */
  struct file file;
  struct path user_path;
};

struct callback_head {
  struct callback_head *next;
};

struct file___6_9 { /* since */
  struct callback_head f_task_work;
};

struct file___6_1 {
  struct callback_head f_rcuhead;
};

struct iattr {
  unsigned int ia_valid;
};

struct fdtable {
  unsigned int max_fds;
  struct file **fd;
  unsigned long *open_fds; /* a bit for each */
};

struct files_struct {
  struct fdtable *fdt;
};

struct mm_struct {
  struct file *exe_file;
  unsigned long task_size; /* bytes of address space */
  unsigned long flags;     /* until 6.17 */
  unsigned long env_start, env_end;
};

struct mm_flags {
  unsigned long __mm_flags[1];
};

struct mm_struct___6_18 {
  struct mm_flags flags;
};

struct rlimit {
  unsigned long rlim_cur;
};

struct signal_struct {
  struct rlimit rlim[16];
};

struct sigaction {
  void *sa_handler; /* 0: what the signal does by itself */
};

struct kernel_siginfo {
  int si_code;
};

struct k_sigaction {
  struct sigaction sa;
};

struct kernfs_node {
  struct kernfs_node *parent; /* __parent since 6.15: see kernfs_node___6_15 */
  const char *name;
  __u64 id;
};

struct kernfs_node___6_15 {
  struct kernfs_node *__parent;
};

struct cgroup {
  struct kernfs_node *kn;
};

struct css_set {
  struct cgroup *dfl_cgrp;
};

struct cred {
  kuid_t uid;
  kuid_t euid;
  kuid_t fsuid;
  kgid_t egid;
  kernel_cap_t cap_effective;
  struct user_namespace *user_ns;
};

struct thread_info {
  __u32 status;
};

struct nsproxy {
  struct mnt_namespace *mnt_ns;
  struct net *net_ns;
};

struct fs_struct {
  struct path root;
};

struct task_struct {
  struct thread_info thread_info;
  unsigned int flags;
  struct mm_struct *mm;
  __s32 pid;
  __s32 tgid;
  unsigned int ptrace; /* not 0: it is traced, */
  struct task_struct *parent; /* by this one */
  struct task_struct *real_parent;
  struct task_struct *group_leader;
  __u64 start_boottime;
  const struct cred *cred;
  char comm[16];
  struct files_struct *files;
  kuid_t loginuid;
  unsigned int sessionid;
  struct css_set *cgroups;
  struct fs_struct *fs;
  struct nsproxy *nsproxy;
  struct signal_struct *signal;
  struct callback_head *task_works; /* the newest first */
  __u64 parent_exec_id;             /* of the parent's self_exec_id, when it forked this task */
  __u64 self_exec_id;               /* counts the task's execs */
  struct io_uring_task *io_uring;
  void *worker_private;
};

struct upid {
  int nr; /* as its namespace counts */
};

struct pid {
  struct upid numbers[1]; /* the first one is the host's */
};

struct proc_inode {
  struct pid *pid;
  struct inode vfs_inode;
};

struct fanotify_group_private_data {
  int flags; /* of fanotify_init */
};

struct fsnotify_group { /* file.private_data of a listener */
  struct list_head marks_list; /* fsnotify_mark.g_list */
  struct fanotify_group_private_data fanotify_data;
};

struct fsnotify_mark_connector {
  unsigned char type;
  void *obj; /* inode, vfsmount or super_block; since 6.10 */
};

struct fsnotify_mark {
  struct list_head g_list;
  struct fsnotify_mark_connector *connector;
};

struct linux_binprm {
  unsigned int secureexec : 1; /* set-user-id and the like: the loader believes no variable */
  struct file *file;
  struct file *executable; /* what was to be run, where its interpreter needs it */
  const char *filename;    /* as exec was given it */
  const char *interp;      /* the same string, unless a script or another format has put its interpreter in its place */
};

struct pt_regs {
  unsigned long orig_ax, di, si, dx; /* arguments of 64-bit calls, */
  unsigned long bx, cx;              /* and of 32-bit ones */
};

/* What programs and maps are known by outside. */
struct bpf_map {
  __u32 id;
};
struct bpf_prog_aux {
  __u32 id;
};
struct bpf_prog {
  struct bpf_prog_aux *aux;
};
struct bpf_link {
  __u32 id;
};

struct seq_file;

struct bpf_iter_meta {
  struct seq_file *seq;
};

struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};

struct bpf_iter__task_file {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
  __u32 fd;
  struct file *file;
};

#pragma clang attribute pop

#endif

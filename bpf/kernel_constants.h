/* The kernel's constants that are no types, hence not in BTF. All stable since 5.8. */
#ifndef PURPOSEWATCH_KERNEL_CONSTANTS_H
#define PURPOSEWATCH_KERNEL_CONSTANTS_H

enum {
  BPF_MAP_TYPE_HASH = 1,
  BPF_MAP_TYPE_ARRAY = 2,
  BPF_MAP_TYPE_PERCPU_ARRAY = 6,
  BPF_MAP_TYPE_LRU_HASH = 9,
  BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
  BPF_MAP_TYPE_HASH_OF_MAPS = 13,
  BPF_MAP_TYPE_RINGBUF = 27,
  BPF_MAP_TYPE_TASK_STORAGE = 29,

  BPF_F_NO_PREALLOC = 1,
  BPF_NOEXIST = 1,
  BPF_F_INNER_MAP = 1 << 12,
  BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
  BPF_RB_NO_WAKEUP = 1,
  BPF_RB_FORCE_WAKEUP = 2,
  BPF_RB_AVAIL_DATA = 0,

  PROC_SUPER_MAGIC = 0x9fa0,
  SYSFS_MAGIC = 0x62656572,
  CGROUP_SUPER_MAGIC = 0x27e0eb,
  CGROUP2_SUPER_MAGIC = 0x63677270,

  S_IFMT = 0170000,
  S_IFIFO = 0010000,
  S_IFCHR = 0020000,
  S_IFDIR = 0040000,
  S_IFBLK = 0060000,
  S_IFREG = 0100000,
  S_IFSOCK = 0140000,

  TTY_MAJOR = 4,
  TTYAUX_MAJOR = 5,             /* /dev/tty, /dev/console */
  UNIX98_PTY_SLAVE_MAJOR = 136, /* and the seven after it */

  DCACHE_DISCONNECTED = 0x20, /* dentry.d_flags: nobody has come to it by a name */

  FMODE_READ = 1,
  FMODE_WRITE = 2,
  FMODE_EXEC_FLAG = 0x20, /* in f_flags: opened to be executed */
  FMODE_PATH = 0x4000,
  FMODE_CREATED = 0x100000,
  FMODE_NOACCOUNT = 0x20000000, /* the kernel's own, to work with: behind a file of overlayfs */
  O_TMPFILE_FLAG = 020000000,

  O_ACCMODE = 3,

  PTRACE_MODE_ATTACH = 2,

  RENAME_EXCHANGE = 2,

  ATTR_MODE = 1 << 0, /* iattr.ia_valid */
  ATTR_UID = 1 << 1,
  ATTR_GID = 1 << 2,
  ATTR_SIZE = 1 << 3,
  ATTR_ATIME = 1 << 4,
  ATTR_MTIME = 1 << 5,
  ATTR_FORCE = 1 << 9,
  ATTR_OPEN = 1 << 15,
  ATTR_TOUCH = 1 << 17,

  CAP_CHOWN = 0,
  CAP_FOWNER = 3,
  CAP_SYS_ADMIN = 21,

  AF_UNIX = 1,
  AF_INET = 2,
  AF_INET6 = 10,
  AF_VSOCK = 40,
  VMADDR_CID_LOCAL = 1,
  IPPROTO_TCP = 6,
  IPPROTO_UDP = 17,
  IPPROTO_UDPLITE = 136,
  SOCK_STREAM = 1,
  SOCK_DGRAM = 2,
  TCP_ESTABLISHED = 1, /* sock_common.skc_state: of any kind of socket: it is connected; */
  TCP_SYN_SENT = 2, /* a connection is asked for; */
  TCP_LISTEN = 10,  /* of any kind of socket: it listens */

  REQ_F_CQE_SKIP = 1 << 6, /* io_kiocb.flags: nobody is told that it has ended */
  IORING_OP_CONNECT = 16,
  IORING_OP_OPENAT = 18,
  IORING_OP_OPENAT2 = 28,
  IORING_FILE_INDEX_ALLOC = 0xffffffff, /* io_open.file_slot: the result tells */

  PF_KTHREAD = 0x200000,
  PF_IO_WORKER = 0x10, /* task_struct.flags: one of io_uring's own */
  TS_COMPAT = 2, /* thread_info.status: in a 32-bit system call */

  EPERM = 1,
  EACCES = 13,
  EEXIST = 17,
};

#endif

/* The contract between kernel and user space: every key, value and record that crosses. The only header that
 * both sides share; nothing of it is mirrored by hand elsewhere.
 *
 * C, fixed widths, no pointers. Implicit padding is an error in both compilers (-Wpadded below), so that no
 * byte is ever left unset. Records start with version, type and size: `decode` believes nothing before it has
 * checked these. */
#ifndef PURPOSEWATCH_ABI_H
#define PURPOSEWATCH_ABI_H

#ifdef __bpf__
#include "kernel_types.h"
#else
#include <linux/types.h>
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

enum {
  PW_ABI_VERSION = 1,

  PW_COMPONENT_INLINE = 31,   /* bytes of a name that stand in a key; of a longer one, a hash stands in too */
  PW_GLOB_PART_MAX = 24,      /* bytes before or after the '*' of a glob that the kernel compares itself */
  PW_GLOBS_PER_STATE_MAX = 4, /* more: user space decides */
  PW_PATTERN_DEPTH_MAX = 64,  /* components of a pattern */
  PW_WALK_DEPTH_MAX = 1 << 20, /* directories between a file and the root of its mount namespace: nobody makes so many */
  PW_MOUNT_HOPS_MAX = 16,     /* mounts between a file and the root of its mount namespace, where its whole path is told */
  PW_OTHER_MOUNTS_MAX = 64,   /* mounts of one file system that are tried when a hook names none */
  PW_MARKS_MAX = 65536,       /* marked inodes (marks.h) that the kernel knows; more: user space decides */
  PW_SERVICES_PER_TASK = 8,   /* services that one executable may be; more: user space decides */
  PW_UNITS_PER_CGROUP = 8,    /* unit patterns that one cgroup may match; more: user space decides */
  PW_ANCESTORS_MAX = 8,
  PW_LINEAGE_MAX = 8,        /* programs of the policy above a task; the farthest are forgotten */
  PW_GENERATIONS_WALKED_MAX = 64, /* processes above one that is older than the agent */
  PW_FILES_CLOSING_MAX = 1 << 20, /* that one exec closes */
  PW_NAME_MAX = 255,
  PW_COMM_LEN = 16,
  PW_PATH_SMALL = 256,  /* bytes of path below the anchor in a small record */
  PW_PATH_LARGE = 4096, /* and in a large one; of a longer path the tail is kept */
  PW_SLACK = 256,       /* room behind a path buffer, so that one name may be written at any offset in it */
  PW_EXE_PATH = 512,
  PW_ANCESTOR_EXE_PATH = 128,
  PW_SCRIPT_PATH = 256,
  PW_SCRIPT_NAME = 240, /* bytes of the name that exec was given, with its NUL; of a longer one, no script is known */
  PW_CGROUP_PATH = 256,
  PW_CGROUP_DEPTH_MAX = 64,
  PW_VARIABLE_MAX = 128, /* bytes of a variable of the environment, with the NUL */
  PW_CPUS_MAX = 512,
  PW_NAME_SETS = 2048,    /* sets of the names that lead on from an anchor, by a hash of its inode */
  PW_FILTER_WORDS = 8192, /* of 64 bits: one bit for each anchor's inode, to skip the look-up for all others */
  PW_GENERATIONS = 2,     /* table sets: one is read while the next one is filled */
  PW_OWN_ADDRESSES_MAX = 4096, /* internet addresses of the host that the kernel is told of */
  PW_WINDOWS_MAX = 256,   /* lists of windows in one policy; of permits with more: user space decides */
  PW_DERIVED_FILES_MAX = 8192, /* files outside all stores that are known to hold what was read there */
  PW_HELD_MAX = 256,      /* stores that a process may be known to hold data of; others: user space decides */
  PW_NOT_HELD = 0x7fffffff, /* in place of a store's number: nobody's data, so nobody holds it */
  PW_OBJECTS_MAX = 512,   /* maps, programs and links of the sensor's own */
  PW_FOLDS_MAX = 4096,    /* that are counted at a time; more: each is told */
  PW_KINDS = 11,          /* access kinds; the order is AccessKind's of rules/model/access.h */
};

enum pw_kind {
  PW_READ,
  PW_LIST,
  PW_WRITE,
  PW_CREATE,
  PW_DELETE,
  PW_RENAME,
  PW_ATTR,
  PW_EXEC,
  PW_CONNECT,
  PW_MEMORY,
  PW_DEVICE,
};

/* Hooks, for the counters that show which ones have fired. */
enum pw_hook {
  PW_HOOK_FILE_OPEN,    /* lsm/fentry: file_open */
  PW_HOOK_FILE_RECEIVE, /* lsm/fentry: file_receive */
  PW_HOOK_INODE_UNLINK, /* lsm/fentry, by their names, down to inode_remove_acl */
  PW_HOOK_INODE_RMDIR,
  PW_HOOK_INODE_MKDIR,
  PW_HOOK_INODE_MKNOD,
  PW_HOOK_INODE_SYMLINK,
  PW_HOOK_INODE_LINK,
  PW_HOOK_INODE_RENAME,
  PW_HOOK_INODE_SETATTR,
  PW_HOOK_INODE_SETXATTR,
  PW_HOOK_INODE_REMOVEXATTR,
  PW_HOOK_INODE_SET_ACL,
  PW_HOOK_INODE_REMOVE_ACL,
  PW_HOOK_INODE_FREE, /* lsm/fentry: inode_free_security */
  PW_HOOK_UNIX_STREAM_CONNECT, /* lsm/fentry, by their names */
  PW_HOOK_UNIX_MAY_SEND,
  PW_HOOK_SET_STATE, /* inet_sock_set_state */
  PW_HOOK_SB_MOUNT,   /* lsm/fentry, by their names, down to move_mount */
  PW_HOOK_SB_UMOUNT,
  PW_HOOK_MOVE_MOUNT,
  PW_HOOK_PTRACE_ACCESS,  /* lsm/fentry: ptrace_access_check */
  PW_HOOK_PTRACE_TRACEME, /* lsm/fentry: ptrace_traceme */
  PW_HOOK_OPEN_CALL,    /* syscalls: results of the calls that open files */
  PW_HOOK_SYS_EXIT,     /* syscalls: the same of 32-bit programs */
  PW_HOOK_CHANGE_CALL,  /* syscalls: results of the calls that change names, attributes, lengths */
  PW_HOOK_ANY_CALL,     /* syscalls: the same of 32-bit programs */
  PW_HOOK_CTIME_NS_XCHG, /* syscalls, since 6.13: these and the next two by their names */
  PW_HOOK_CTIME_XCHG_SKIP,
  PW_HOOK_INODE_SET_CTIME_TO_TS,
  PW_HOOK_MEMORY_CALL,  /* syscalls, since 6.13: results of ptrace, process_vm_readv, process_vm_writev */
  PW_HOOK_ANY_MEMORY_CALL, /* syscalls, since 6.13: the same of 32-bit programs */
  PW_HOOK_CONNECT_CALL, /* syscalls: results of connect */
  PW_HOOK_DATA_READY,   /* syscalls, since 6.3: sk_data_ready */
  PW_HOOK_MOUNT_CALL,   /* syscalls: results of the calls that change mounts */
  PW_HOOK_LISTEN_CALL,  /* syscalls, since 6.13: results of fanotify_mark */
  PW_HOOK_COPY_MESSAGE, /* syscalls: skb_copy_datagram_iovec */
  PW_HOOK_RING_CHANGE,  /* syscalls, since 6.13: io_uring_complete, of requests that change something */
  PW_HOOK_RING_COMPLETE, /* syscalls: io_uring_complete */
  PW_HOOK_PROCESS_EXEC, /* sched_process_exec */
  PW_HOOK_TASK_NEWTASK, /* task_newtask */
  PW_HOOK_SIGNAL_DELIVER, /* signal_deliver, of signals by which a process leaves a core */
  PW_HOOK_PROCESS_EXIT, /* sched_process_exit */
  PW_HOOK_PREPARE_EXEC,   /* lsm/fentry: bprm_check_security; syscalls, since 6.10: sched_prepare_exec */
  PW_HOOK_SEND_DATAGRAM,  /* lsm/fentry: functions that send datagrams, by whatever protocol over IP */
  PW_HOOK_PIPE_READ,      /* lsm/fentry: functions that read from a pipe */
  PW_HOOK_SOCKET_CONNECT, /* lsm/fentry, by its name */
  PW_HOOK_CGROUP_SEND,    /* syscalls: datagrams that are sent by an address */
  PW_HOOK_SEND_LENGTH,    /* syscalls, since 6.3: sock_send_length, of datagrams */
  PW_HOOK_SIGNAL_GENERATE, /* signal_generate */
  PW_HOOK_BPF_MAP,         /* lsm/fentry, by their names: these and the next two */
  PW_HOOK_BPF_PROG,
  PW_HOOK_SETTIME,
  PW_HOOK_BPF,             /* lsm/fentry, by its name */
  PW_HOOK_TASK_KILL,       /* lsm, to protect */
  PW_HOOK_GUARD_CALL,      /* syscalls: results of bpf, clock_settime, settimeofday */
  PW_HOOKS,
};

/* --- tables: written by user space, read by the kernel ------------------------------------------------- */

#define PW_SPREAD 0x9e3779b97f4a7c15ULL /* a product's high bits depend on all bits of the factor */

/* An inode for good: file systems give its number away again, but with another generation. */
struct pw_inode_key {
  __u64 inode;
  __u32 device;     /* the kernel's dev_t: major << 20 | minor */
  __u32 generation; /* inode.i_generation */
};


/* Where an inode's bit is in the filter of the files that carry data. */
enum { PW_DERIVED_WORDS = 1024 };
static inline __u32 pw_derived_word(__u64 inode) {
  return (inode * PW_SPREAD) >> 54;
}
static inline __u64 pw_derived_bit(__u64 inode) {
  return 1ULL << ((inode * PW_SPREAD) >> 48 & 63);
}

/* A set of names: one bit for each by a hash, so that most names that are not in it need no look-up. Of their first
 * eight bytes, as a little-endian number, zero-filled, and of their length. */
#define PW_ANY_NAME 0xffffffffffffffffULL
static inline __u64 pw_name_bit(__u64 first_bytes, __u32 length) {
  return 1ULL << (((first_bytes ^ length) * PW_SPREAD) >> 58);
}

/* Of a name in words of eight bytes, little-endian, the last one zero-filled. A product's low bits do not depend on its
 * factor's high ones: the shift brings these back in. */
#define PW_HASH_START 0xcbf29ce484222325ULL
static inline __u64 pw_hash_word(__u64 hash, __u64 word) {
  hash = (hash ^ word) * PW_SPREAD;
  return hash ^ hash >> 32;
}

/* Where an anchor stands in the filters. */
static inline __u64 pw_inode_hash(__u64 inode, __u32 device) {
  return (inode ^ (__u64)device << 32) * PW_SPREAD;
}
static inline __u64 pw_device_bit(__u32 device) {
  return 1ULL << ((device * PW_SPREAD) >> 58);
}

/* What is looked for by a name: a socket that is connected to is a store's by `sockets:` alone, any other access by
 * `paths:`. Each has a root of its own in the automaton. */
enum pw_way_of { PW_OF_FILES, PW_OF_SOCKETS, PW_WAYS };

/* Where the automaton starts. */
struct pw_way {
  __u64 names; /* of the components that lead on from the state, or nothing does; PW_ANY_NAME: by other names, too */
  __u32 state; /* the automaton's state after the directory's own path and `skip` more components, whatever these are */
  __u16 skip;  /* a path that ends before them is in no store */
  __u16 reserved;
};

/* A directory, or a socket, from which the automaton starts when a walk up meets it. */
struct pw_anchor {
  struct pw_way way[PW_WAYS];
  __u32 id;    /* user space's number of the directory */
  __u16 depth; /* components of the directory's path */
  __u16 reserved;
};

enum pw_state_flags {
  PW_STATE_HAS_LITERALS = 1,
  PW_STATE_HAS_GLOBS = 2,
  PW_STATE_FINAL = 4, /* nothing below changes the answer */
  PW_STATE_UNSURE = 8 /* a glob that the kernel cannot compare starts here: user space decides */
};

/* One state of the automaton over path components. State 0 is dead: no pattern can match any more. */
struct pw_state {
  __u32 otherwise; /* next state for a component without an edge of its own */
  __u16 store;     /* index + 1 of the store that a path ending here belongs to; 0: none */
  __u16 flags;
  __u32 client_depth; /* index + 1 of the component that names the client; 0: none */
  __u32 first_glob;
  __u32 globs;
  __u32 first_target; /* in glob_targets: next state by bit set of the globs that match */
  __u64 names; /* of the literals */
};

/* Where an edge leads: what there is to know of a path that ends there, so that it needs no look at the state. */
struct pw_target {
  __u32 state;
  __u32 client_depth; /* this and the others: as in the state */
  __u16 store;
  __u16 flags;
};

struct pw_edge_key {
  __u32 state;
  __u32 length;
  __u64 hash; /* of names longer than PW_COMPONENT_INLINE (pw_hash_word); 0 for others */
  char name[PW_COMPONENT_INLINE + 1];
};

/* "prefix*suffix", each left-aligned and zero-filled. A mask has all bits set where its part has bytes: so three
 * words compare at once, without a loop. */
struct pw_glob {
  __u32 prefix_length;
  __u32 suffix_length;
  char prefix[PW_GLOB_PART_MAX];
  char suffix[PW_GLOB_PART_MAX];
  __u64 prefix_mask[PW_GLOB_PART_MAX / 8];
  __u64 suffix_mask[PW_GLOB_PART_MAX / 8];
};

/* An inode that is a store's, though its name is not, or not all of its names are. */
struct pw_mark {
  struct pw_anchor anchor; /* as if it still had the name that it had there */
  __u32 generation;        /* of the tables that `anchor` belongs to; others: user space decides */
  __u32 reserved;
};

/* An internet address; one of IPv4 as IPv6 has it, ::ffff:192.0.2.1. In network byte order. */
struct pw_address {
  __u64 word[2];
};

/* A TCP port that a store serves. */
struct pw_port_key {
  struct pw_address address; /* all zero: at any of the host's */
  __u32 port;                /* in the host's byte order */
  __u32 is_shared;           /* 1: whose socket may answer at other addresses, too: user space knows; address is all zero */
};

/* Services that a program may be, in the policy's order. Program 0: any other executable. */
struct pw_candidates {
  __u32 count;
  __u32 overflow; /* 1: there are more than fit */
  __u16 service[PW_SERVICES_PER_TASK];
};

enum pw_service_flags {
  PW_SERVICE_NEEDS_USER = 1,
  PW_SERVICE_NEEDS_UNIT = 2,
  PW_SERVICE_NEEDS_OWNER = 4,
  PW_SERVICE_UNDECIDABLE = 8, /* depends on something that the kernel cannot see: user space decides */
  PW_SERVICE_NEEDS_SCRIPT = 16,
  PW_SERVICE_NEEDS_PARENT = 32,
  PW_SERVICE_NEEDS_GROUP = 64,
};

struct pw_service {
  __u32 flags;
  __u32 user; /* effective user id */
  __u32 group; /* effective group id */
  __u32 unit; /* index of the unit pattern */
};

/* What a service is known by besides its executable. */
enum pw_role {
  PW_AS_SCRIPT, /* was started to run this */
  PW_AS_PARENT, /* something above was, or is this executable */
};

struct pw_origin_key {
  __u16 service; /* index */
  __u16 role;
  __u32 program; /* number of the program or script */
};

/* A script by the name that exec was given. The interpreter opens it anew, by that name: so a name that is not the policy's
 * own says nothing, since whoever made it may change it in between. */
struct pw_script_name {
  char bytes[PW_SCRIPT_NAME]; /* zero-filled */
};

struct pw_script {
  struct pw_inode_key file; /* what the policy's path is now */
  __u32 number;
  __u32 reserved;
};

/* Which unit patterns a cgroup's path matches. A cgroup that is not in the table is not known yet. */
struct pw_units {
  __u32 count;
  __u16 unit[PW_UNITS_PER_CGROUP];
};

struct pw_permit_key {
  __u16 service; /* index; PW_ANYONE for classes that are public */
  __u16 store;   /* index */
};
enum { PW_ANYONE = 0xffff, PW_NO_STORE = 0xffff };

struct pw_permit {
  __u32 kinds;                 /* bit set */
  __u32 timed;                 /* of these, the ones that are permitted while the window is open */
  __u32 window;                /* its number */
  __u32 counter[PW_KINDS];     /* slot in `permitted`, by kind; different permits may stand behind them */
};

/* A window as it is next open, or open now: seconds of boot time, from the first to just before the second. One word, so
 * that it changes at once. 0: not open. */
static inline __u64 pw_open_seconds(__u32 opens, __u32 closes) {
  return (__u64)opens << 32 | closes;
}
static inline int pw_is_open(__u64 open_seconds, __u64 boot_ns) {
  __u64 seconds = boot_ns / 1000000000;
  return seconds >= open_seconds >> 32 && seconds < (__u32)open_seconds;
}

/* --- state that the kernel keeps ------------------------------------------------------------------------ */

/* What a task is. The first part is stamped at exec and inherited by fork; the rest is a cache. */
struct pw_task {
  struct pw_inode_key exe;
  __u32 program; /* user space's number for the `exe:` path that this inode was at exec; 0: none */
  __u32 stamped; /* 1: the first part is valid */
  struct pw_inode_key script_file; /* the script that was started, whose interpreter is the executable; all zero: none */
  __u32 script; /* user space's number for the `script:` path that it was; 0: none */
  __u32 script_named; /* for the one by whose name it was started: user space decides whether it is that by now */
  __u32 lineage[PW_LINEAGE_MAX]; /* programs and scripts of the policy that ran before, on the way here, nearest first; 0: none */

  __u32 generation; /* of the tables that the services below come from; 0: none */
  __u32 euid;
  __u64 cgroup;
  __u32 services; /* count */
  __u16 owners;   /* bit set of those that are so only for files of the task's user */
  __u16 unsure;   /* 1: there may be more services than these */
  __u16 service[PW_SERVICES_PER_TASK];
  __u16 memo_store; /* index + 1 of the store that was last accessed with a permit of one kind; 0: none */
  __u16 memo_kinds; /* that kind */
  __u32 memo_slot;  /* its counter: to repeat an access takes no more than this */

  __u64 subject;       /* number under which this task was last described to user space; 0: not yet */
  __u64 described_ns;  /* boot time of that */
  __u64 described_who; /* mix of the ids that were described: a change describes it anew */

  __u32 held_generation; /* the access that was last noted in held_stores.h: of these tables, */
  __u16 held_store;      /* index + 1; 0: none, */
  __u16 held_is_read;    /* 1: by which data came from it, */
  __u64 held_jiffies;    /* and when */
  __u32 held_has_news;   /* 1: of one more store, since its files were looked through */
  __u32 tampering_epoch; /* when the next was looked at */
  __u32 egid; /* as euid above */
  __u32 is_refused; /* 1: what it is at now is (protect.h) */
  __u64 tampering; /* address in the kernel of what is known of it (tampering.h); not 0: no service any more */
};

struct pw_cpu_stats {
  __u64 fired[PW_HOOKS];
  __u64 seen;    /* accesses that went up, or would have */
  __u64 lost;    /* of these, the ones for which there was no room */
  __u64 denied;  /* opens that the kernel refused with EACCES or EPERM */
  __u64 woken_ns; /* boot time of the last wake-up that this CPU sent */
  __u64 reserved[8 - (PW_HOOKS + 4) % 8]; /* cache lines of its own for every CPU */
};

/* --- records: written by the kernel, read by user space -------------------------------------------------- */

enum pw_record_type {
  PW_RECORD_PROCESS = 1,
  PW_RECORD_ACCESS = 2,
  PW_RECORD_MARK = 3,
  PW_RECORD_UNMARK = 4,
  PW_RECORD_MEMORY = 5,
  PW_RECORD_CONNECT = 6,
  PW_RECORD_MOUNTS = 7, /* a pw_access_record: mounts were changed; the list of them says which */
  PW_RECORD_DISCLOSURE = 8,
  PW_RECORD_COPY = 9,
  PW_RECORD_UNIX = 10,
  PW_RECORD_TAMPER = 11,
};

struct pw_record {
  __u16 version; /* PW_ABI_VERSION */
  __u16 type;
  __u32 size;     /* of the whole record */
  __u64 boot_ns;  /* CLOCK_BOOTTIME */
  __u64 subject;  /* which description of a task this is, or is about */
};

/* Paths that are written backwards: names may reach into the slack before they are cut to size. */
struct pw_exe_path {
  char bytes[PW_EXE_PATH + PW_SLACK];
};
struct pw_cgroup_path {
  char bytes[PW_CGROUP_PATH + PW_SLACK];
};
struct pw_path {
  char bytes[PW_PATH_LARGE + PW_SLACK];
};
struct pw_script_path {
  char bytes[PW_SCRIPT_PATH + PW_SLACK];
};

/* Where a script was found when it was last started, for people to read. */
struct pw_script_place {
  struct pw_script_path path;
  __u32 offset; /* of the path in it; PW_SCRIPT_PATH: none */
  __u32 reserved;
};

struct pw_ancestor {
  __u64 start_boot_ns;
  __u32 pid;
  __u32 exe_offset; /* of the path in exe[]; PW_ANCESTOR_EXE_PATH: none. A path not starting with '/' lost its head */
  char comm[PW_COMM_LEN];
  char exe[PW_ANCESTOR_EXE_PATH + PW_SLACK];
};

enum pw_tampering_how {
  PW_NOT_TAMPERED,
  PW_BY_TRACING,     /* ptrace */
  PW_BY_WRITING,     /* process_vm_writev, /proc/PID/mem */
  PW_BY_TRACED_EXEC, /* it was started by a process that was traced */
  PW_BY_ENVIRONMENT, /* it was started with a variable that makes it load code */
};

/* By whom, or by what, a process was made to do what its program does not. */
struct pw_tampering {
  struct pw_ancestor by; /* the tracer or writer */
  __u32 how;
  __u32 reserved;
  char variable[PW_VARIABLE_MAX]; /* NAME=value, its beginning; empty: the environment could not be looked at */
};

/* A task, described before its first access that goes up and again when it changes. */
struct pw_process_record {
  struct pw_record head;
  __u64 start_boot_ns; /* of the thread group's leader */
  __u64 parent_start_boot_ns;
  struct pw_inode_key exe;
  __u64 cgroup;
  __u32 program;
  __u32 tgid, pid, ppid;
  __u32 uid, euid, egid, loginuid, session;
  __u32 ancestors;
  __u32 exe_offset; /* of the path in exe_path[] */
  __u32 cgroup_offset;
  struct pw_inode_key script_file; /* these, down to the lineage: as in pw_task */
  __u32 script;
  __u32 script_named;
  __u32 lineage[PW_LINEAGE_MAX];
  char comm[PW_COMM_LEN];
  struct pw_exe_path exe_path;
  struct pw_cgroup_path cgroup_path;
  struct pw_script_place script_place;
  struct pw_ancestor ancestor[PW_ANCESTORS_MAX];
  struct pw_tampering tampering; /* how: none; then nothing else of it is set */
};

enum pw_access_flags {
  PW_ACCESS_TRUNCATED = 1, /* the path's head is missing */
  PW_ACCESS_UNSURE = 2,    /* the kernel could not decide: store may be none */
  PW_ACCESS_MARKED = 4,    /* the anchor is a mark: only in pw_access_named */
  PW_ACCESS_DEVICE = 8,    /* the file is a block device: likewise */
  PW_ACCESS_MOUNT = 16,    /* something was mounted there, or unmounted */
  PW_ACCESS_ADRIFT = 32,   /* somewhere on its file system, where stores are: likewise; `real` is where that is mounted */
  PW_ACCESS_FOLDS = 64,    /* others may be counted with it (pw_fold) */
  PW_ACCESS_REFUSED = 128, /* of the agent's own files (protect.h) */
};

/* What is alike. */
struct pw_fold_key {
  __u64 subject;
  __u64 what[4]; /* whose meaning depends on `type` */
  __u32 generation;
  __u16 kinds;
  __u16 type; /* of the record */
};

/* Accesses that were counted, not told, since another like them had been. */
struct pw_fold {
  __u64 told; /* that one's sequence; 0: it has not been told yet, and there is none */
  __u64 count;
  __u64 first_boot_ns;
  __u64 last_boot_ns;
  __u64 last_sequence;
};

struct pw_access_record {
  struct pw_record head;
  __u64 sequence; /* from 1, without gaps over all accesses that went up */
  __u64 inode;
  __u32 device;
  __u32 generation; /* of the tables that decided */
  __u32 anchor;     /* id */
  __u32 owner;      /* user id of the file */
  __u32 mode;       /* of the file */
  __u16 store;      /* index */
  __u16 kinds;      /* bit set: those that were not permitted */
  __u32 flags;
  __u32 path_offset; /* of the path below the anchor in path[]; it starts with '/', or is empty */
  __u32 path_length;
  __u32 client_length;
  char comm[PW_COMM_LEN];
};

/* With the whole path, user space finds the client in it. */
struct pw_access_small {
  struct pw_access_record access;
  char path[PW_PATH_SMALL + PW_SLACK];
};

struct pw_access_large {
  struct pw_access_record access;
  char client[PW_NAME_MAX + 1];
  struct pw_path path;
};

/* Whole paths, besides that below the anchor: each ends at PW_PATH_LARGE, and has lost its head when it does not begin with
 * '/'; offset PW_PATH_LARGE: none. */
struct pw_access_named {
  struct pw_access_record access;
  char client[PW_NAME_MAX + 1];
  struct pw_path path;
  struct pw_inode_key mark; /* PW_ACCESS_MARKED: the marked inode, below which `path` is; of a device, its number alone */
  __u32 other_offset;       /* the second name of a rename or a link */
  __u32 real_offset;        /* where a marked file is by now, or the name of a device */
  struct pw_path other;
  struct pw_path real;
};

/* The memory of another process is read or written. Of the access, the path and the file stay empty. */
struct pw_memory_record {
  struct pw_access_record access;
  struct pw_ancestor target; /* the leader of its thread group */
  __u32 target_program;      /* user space's number for the `exe:` path; 0: none */
  __u32 store;               /* user space's number for the store, over all generations; PW_HELD_MAX: any */
};

/* A connection over TCP is asked for. Of the access, the path and the file stay empty. */
struct pw_connect_record {
  struct pw_access_record access;
  struct pw_address address;
  __u32 port;     /* in the host's byte order; access.store is PW_NO_STORE when only whose socket answers there would tell */
  __u32 is_local; /* 1: the address is one of the host's */
};

/* Stores, by number. */
struct pw_held {
  __u64 stores[PW_HELD_MAX / 64];
  __u32 others; /* 1: user space decides which else */
  __u32 reserved;
};

/* How a process came by what it had: a bit set. */
enum pw_carried_how {
  PW_CARRIED_INHERITED = 1, /* from what ran in it before, or made it */
  PW_CARRIED_DERIVED = 2,   /* from a file outside all stores that somebody wrote who carried it */
  PW_CARRIED_PIPED = 4,     /* likewise, from a pipe */
};

/* What a process carries. */
struct pw_carried {
  struct pw_held read; /* by itself */
  struct pw_held had;  /* by others */
  __u32 how;           /* pw_carried_how, of what it had */
  __u32 is_told;       /* 1: some of it was not permitted in the kernel, so user space was told */
};

enum pw_outlet_flags {
  PW_OUTLET_LOCAL = 1,   /* the address is one of the host's, or loops back in another network namespace */
  PW_OUTLET_ANSWERS = 2, /* whoever connects there comes by himself: the socket listens */
};

enum { PW_PROTOCOL_VSOCK = 256 }; /* no protocol of IP has such a number */

/* Who carries client data has a way out for it. Of the access, the path and the file stay empty. */
struct pw_disclosure_record {
  struct pw_access_record access;
  struct pw_address address; /* of the other end; of a socket that listens, its own */
  __u32 port;                /* in the host's byte order; 0: the protocol has none */
  __u32 protocol;            /* IPPROTO_*, or PW_PROTOCOL_VSOCK: then the address is the number of a machine, the first word */
  __u32 flags;               /* pw_outlet_flags */
  __u32 reserved;
  struct pw_carried carried;
};

/* Who carries client data is connected to a unix socket of no store, or sends to it. Of the access, the path and the file stay
 * empty. */
struct pw_unix_record {
  struct pw_access_record access;
  __u64 socket;             /* the number of the inode of whose name it is; 0: not known */
  struct pw_inode_key file; /* where it is bound to; all zero: none, and path[] is "/name" */
  struct pw_carried carried;
  __u32 flags;       /* pw_outlet_flags */
  __u32 path_offset; /* in path[], as of an executable */
  struct pw_exe_path path;
};

/* Who carries client data writes to a file of no store, or a terminal. Of the access, the path stays empty. */
struct pw_copy_record {
  struct pw_access_record access;
  struct pw_inode_key file;
  struct pw_carried carried;
  __u32 reserved;
  __u32 path_offset; /* in path[], as of an executable; what does not begin with '/' has lost its head, or is no file by name */
  struct pw_exe_path path;
};

enum pw_tamper {
  PW_TAMPER_SIGNAL = 1,
  PW_TAMPER_SETTING, /* kernel.ftrace_enabled was opened to be written */
  PW_TAMPER_MEMORY,  /* its memory was asked for, or one of its descriptors */
  PW_TAMPER_OBJECT,  /* a descriptor was taken of one of its maps, programs or links */
  PW_TAMPER_CLOCK,   /* the clock was set */
  PW_TAMPER_PINS,    /* the file system was unmounted that the sensor is pinned in */
};

/* A map, a program or a link, by the number that bpf(2) knows it by. */
enum pw_object { PW_OBJECT_MAP = 1, PW_OBJECT_PROGRAM, PW_OBJECT_LINK };
struct pw_object_key {
  __u32 kind;
  __u32 id;
};

/* Something was done to the agent. head.subject: by whom; 0: there was no room to describe them. */
struct pw_tamper_record {
  struct pw_record head;
  __u32 what;
  __u16 number; /* of the signal; of another, 0 */
  __u16 is_refused;
};

/* An inode is marked from now on. */
struct pw_mark_record {
  struct pw_record head;
  struct pw_inode_key key;
  struct pw_inode_key below; /* a mark that takes the anchor's place; all zero: none */
  struct pw_mark mark;
  __u32 is_left_out; /* there was no room for it in the table: marks_left_out counts it */
  __u32 anchor;
  __u32 path_offset; /* as in pw_access_named: what it was called below the anchor; empty for the anchor itself */
  __u32 is_truncated;
  struct pw_path path;
};

/* An inode is gone, or back under a name in a store: no mark any more. */
struct pw_unmark_record {
  struct pw_record head;
  struct pw_inode_key key;
};

/* What the anchor iterator writes for each descriptor of the agent's own. */
struct pw_descriptor {
  struct pw_inode_key key;
  __u32 fd;
  __u32 reserved;
};

#pragma GCC diagnostic pop

#endif

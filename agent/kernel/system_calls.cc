#include "agent/kernel/system_calls.h"

namespace purposewatch {

const std::vector<const char*> kOpenCalls = {"syscalls/sys_exit_open",
                                             "syscalls/sys_exit_openat",
                                             "syscalls/sys_exit_openat2",
                                             "syscalls/sys_exit_creat",
                                             "syscalls/sys_exit_open_by_handle_at",
                                             "syscalls/sys_exit_pidfd_getfd"};

const std::vector<const char*> kMemoryCalls = {
    "syscalls/sys_exit_ptrace", "syscalls/sys_exit_process_vm_readv", "syscalls/sys_exit_process_vm_writev"};

const std::vector<const char*> kConnectCalls = {"syscalls/sys_exit_connect"};

const std::vector<const char*> kMountCalls = {
    "syscalls/sys_exit_mount", "syscalls/sys_exit_umount", "syscalls/sys_exit_move_mount",
    "syscalls/sys_exit_mount_setattr", "syscalls/sys_exit_fsconfig"};

const std::vector<const char*> kGuardCalls = {"syscalls/sys_exit_bpf", "syscalls/sys_exit_clock_settime",
                                              "syscalls/sys_exit_settimeofday"};

const std::vector<const char*> kListenCalls = {"syscalls/sys_exit_fanotify_mark"};

const std::vector<const char*> kChangeCalls = {
    "syscalls/sys_exit_unlink",       "syscalls/sys_exit_unlinkat",      "syscalls/sys_exit_rmdir",
    "syscalls/sys_exit_rename",       "syscalls/sys_exit_renameat",      "syscalls/sys_exit_renameat2",
    "syscalls/sys_exit_link",         "syscalls/sys_exit_linkat",        "syscalls/sys_exit_mkdir",
    "syscalls/sys_exit_mkdirat",      "syscalls/sys_exit_mknod",         "syscalls/sys_exit_mknodat",
    "syscalls/sys_exit_symlink",      "syscalls/sys_exit_symlinkat",     "syscalls/sys_exit_bind",
    "syscalls/sys_exit_chmod",        "syscalls/sys_exit_fchmod",        "syscalls/sys_exit_fchmodat",
    "syscalls/sys_exit_fchmodat2",    "syscalls/sys_exit_chown",         "syscalls/sys_exit_fchown",
    "syscalls/sys_exit_lchown",       "syscalls/sys_exit_fchownat",      "syscalls/sys_exit_utime",
    "syscalls/sys_exit_utimes",       "syscalls/sys_exit_futimesat",     "syscalls/sys_exit_utimensat",
    "syscalls/sys_exit_setxattr",     "syscalls/sys_exit_lsetxattr",     "syscalls/sys_exit_fsetxattr",
    "syscalls/sys_exit_setxattrat",   "syscalls/sys_exit_removexattr",   "syscalls/sys_exit_lremovexattr",
    "syscalls/sys_exit_fremovexattr", "syscalls/sys_exit_removexattrat", "syscalls/sys_exit_truncate",
    "syscalls/sys_exit_ftruncate",    "syscalls/sys_exit_fallocate"};

}  // namespace purposewatch

#include "agent/kernel/lsm_hooks.h"

#include <fmt/format.h>

#include <string_view>

#include "sensor.skel.h"

namespace purposewatch {

std::vector<LsmHook> lsm_hooks(const sensor_bpf& skeleton) {
  const auto& programs = skeleton.progs;
  return {{"file_open", PW_HOOK_FILE_OPEN, programs.on_file_open},
          {"file_receive", PW_HOOK_FILE_RECEIVE, programs.on_file_receive},
          {"ptrace_access_check", PW_HOOK_PTRACE_ACCESS, programs.on_ptrace_access_check, false},
          {"ptrace_traceme", PW_HOOK_PTRACE_TRACEME, programs.on_ptrace_traceme, false},
          {"bprm_check_security", PW_HOOK_PREPARE_EXEC, programs.on_bprm_check},
          {"inode_unlink", PW_HOOK_INODE_UNLINK, programs.on_inode_unlink},
          {"inode_rmdir", PW_HOOK_INODE_RMDIR, programs.on_inode_rmdir},
          {"inode_mkdir", PW_HOOK_INODE_MKDIR, programs.on_inode_mkdir},
          {"inode_mknod", PW_HOOK_INODE_MKNOD, programs.on_inode_mknod},
          {"inode_symlink", PW_HOOK_INODE_SYMLINK, programs.on_inode_symlink},
          {"inode_link", PW_HOOK_INODE_LINK, programs.on_inode_link},
          {"inode_rename", PW_HOOK_INODE_RENAME, programs.on_inode_rename},
          {"inode_setattr", PW_HOOK_INODE_SETATTR, programs.on_inode_setattr},
          {"inode_setxattr", PW_HOOK_INODE_SETXATTR, programs.on_inode_setxattr},
          {"inode_removexattr", PW_HOOK_INODE_REMOVEXATTR, programs.on_inode_removexattr},
          {"inode_set_acl", PW_HOOK_INODE_SET_ACL, programs.on_inode_set_acl},
          {"inode_remove_acl", PW_HOOK_INODE_REMOVE_ACL, programs.on_inode_remove_acl},
          {"inode_free_security", PW_HOOK_INODE_FREE, programs.on_inode_free},
          {"unix_stream_connect", PW_HOOK_UNIX_STREAM_CONNECT, programs.on_unix_stream_connect},
          {"socket_connect", PW_HOOK_SOCKET_CONNECT, programs.on_socket_connect},
          {"unix_may_send", PW_HOOK_UNIX_MAY_SEND, programs.on_unix_may_send},
          {"bpf_map", PW_HOOK_BPF_MAP, programs.on_bpf_map, false},
          {"bpf_prog", PW_HOOK_BPF_PROG, programs.on_bpf_prog, false},
          {"bpf", PW_HOOK_BPF, programs.on_bpf, false},
          {"settime", PW_HOOK_SETTIME, programs.on_settime, false},
          {"task_kill", PW_HOOK_TASK_KILL, programs.on_task_kill, false},
          {"sb_mount", PW_HOOK_SB_MOUNT, programs.on_sb_mount, false},
          {"sb_umount", PW_HOOK_SB_UMOUNT, programs.on_sb_umount, false},
          {"move_mount", PW_HOOK_MOVE_MOUNT, programs.on_move_mount, false}};
}

std::string caller_of(const LsmHook& hook) {
  constexpr std::string_view kSecurity = "_security";
  std::string_view name = hook.name;
  if (name.ends_with(kSecurity)) name.remove_suffix(kSecurity.size());
  if (name == "settime") return "security_settime64";
  return fmt::format("security_{}", name);
}

}  // namespace purposewatch

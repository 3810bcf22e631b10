// A subject: who acts. A process as it was at the moment of the access.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace purposewatch {

// loginuid and sessionid of a process that no login started.
inline constexpr std::uint32_t kUnsetId = 0xffffffffU;

struct Ancestor {
  std::uint32_t pid = 0;
  std::uint64_t start_boot_ns = 0;  // start of the process, nanoseconds of boot time (CLOCK_BOOTTIME)
  std::string name;                 // comm, raw bytes
  std::string executable;           // path, raw bytes; empty when unknown
};

struct Subject {
  std::uint32_t pid = 0;  // thread group id
  std::uint32_t tid = 0;
  std::uint32_t parent_pid = 0;
  std::uint64_t start_boot_ns = 0;  // start of the thread group's leader, nanoseconds of boot time
  std::uint32_t uid = 0, euid = 0, gid = 0;
  std::uint32_t login_uid = kUnsetId;
  std::uint32_t session_id = kUnsetId;
  std::string user;        // name of euid; empty when the host knows none
  std::string real_user;   // name of uid
  std::string login_user;  // name of login_uid; empty when unset
  std::string name;        // comm, raw bytes: what the process calls itself, never evidence of what it is
  std::string executable;  // path of the running file, raw bytes, for people to read
  // The `exe:` path of the policy that this executable *is* (same inode, seen from the host's own mount
  // namespace when the process was started), or empty. Only this decides which service it may be.
  std::string program;
  std::string cgroup;               // path in the unified hierarchy, raw bytes
  std::string unit;                 // systemd unit taken from it: "dovecot.service", or empty
  std::vector<std::string> args;    // empty until looked up
  std::vector<Ancestor> ancestors;  // nearest first, at most 8
};

}  // namespace purposewatch

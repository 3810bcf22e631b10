// A subject: who acts. A process as it was at the moment of the access.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rules/model/process.h"

namespace purposewatch {

// loginuid and sessionid of a process that no login started.
inline constexpr std::uint32_t kUnsetId = 0xffffffffU;

using Ancestor = OtherProcess;

struct Subject {
  std::uint32_t pid = 0;  // thread group id
  std::uint32_t tid = 0;
  std::uint32_t parent_pid = 0;
  std::uint64_t start_boot_ns = 0;           // start of the thread group's leader, nanoseconds of boot time
  std::uint32_t uid = 0, euid = 0, gid = 0;  // gid: the effective one
  std::uint32_t login_uid = kUnsetId;
  std::uint32_t session_id = kUnsetId;
  std::string user;        // name of euid; empty when the host knows none
  std::string real_user;   // name of uid
  std::string group;       // name of gid; empty when the host knows none
  std::string login_user;  // name of login_uid; empty when unset
  std::string name;        // comm, raw bytes: what the process calls itself, never evidence of what it is
  std::string executable;  // path of the running file, raw bytes, for people to read
  // The `exe:` path of the policy that this executable *is* (same inode, seen from the host's own mount
  // namespace when the process was started), or empty. Only this decides which service it may be.
  std::string program;
  // The `script:` path of the policy that the file *is* (same inode) which was started, when that was a
  // script and the executable its interpreter; or empty. A script that an interpreter was only told to read
  // is none.
  std::string script;
  std::string script_path;  // path of that script, raw bytes, for people to read; empty: none was started
  // What the processes above were identified as, nearest first and without an end to how far up: the `exe:`
  // path of the policy, and the `script:` path beside it for one that ran a script. A process that has ended
  // still counts for what it started.
  std::vector<std::string> ancestor_programs;
  // Who wrote into this process or made it load foreign code, in words: "ptrace by 4711 (/usr/bin/gdb)".
  // Empty: nobody. From then on it is no service at all: whose will it does is not known any more.
  std::string tampered_by;
  std::string cgroup;               // path in the unified hierarchy, raw bytes
  std::string unit;                 // systemd unit taken from it: "dovecot.service", or empty
  std::vector<std::string> args;    // empty until looked up
  std::vector<Ancestor> ancestors;  // nearest first, at most 8
};

// The person behind it, by name: who has logged in (sudo does not change that), or, where nobody has, whose
// process it is. Empty when the host knows no name.
inline const std::string& person_of(const Subject& subject) {
  return subject.login_uid != kUnsetId ? subject.login_user : subject.user;
}

}  // namespace purposewatch

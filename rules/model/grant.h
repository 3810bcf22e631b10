// A grant: what one person or service may do for a while, bound to a reference and an approver. Unlike a
// permit it is given while the agent runs, and it ends.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "rules/model/access.h"

namespace purposewatch {

struct Grant {
  std::string id;       // "g-" and 12 hexadecimal digits
  std::string user;     // by name: who has logged in, or, where nobody has, whose process it is; or
  std::string service;  // of the policy. One of the two is empty
  std::string store;
  std::vector<std::string> clients;  // as the store's {client} captures them, raw bytes; empty: all
  AccessMask access = 0;
  std::string purpose;
  std::string reference;     // ticket, warrant
  std::string approved_by;   // empty: a break-glass grant, which nobody approves beforehand
  std::string requested_by;  // the person who asked for it
  std::string source;  // of one that was dropped as a file: its name and digest; empty: by the control socket
  std::int64_t given_wall_ns = 0, expires_wall_ns = 0;  // nanoseconds since the epoch
  // By the boot clock, which nobody can set, of the boot in which it is in force: these decide.
  std::uint64_t given_boot_ns = 0, expires_boot_ns = 0;
  // When it was revoked, by the same clock; the access that comes before is still granted, however late it is
  // judged.
  std::uint64_t revoked_boot_ns = std::numeric_limits<std::uint64_t>::max();
  bool is_break_glass = false;
  std::string reviewed_by;  // of a break-glass grant; empty: not yet

  bool holds_at(std::uint64_t boot_ns) const {
    return boot_ns >= given_boot_ns && boot_ns < expires_boot_ns && boot_ns < revoked_boot_ns;
  }
  bool operator==(const Grant&) const = default;
  // Who it is for, as a person reads it.
  const std::string& who() const { return user.empty() ? service : user; }
};

}  // namespace purposewatch

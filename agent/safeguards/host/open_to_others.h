// Who besides its owner and its group gets at a file: by its mode, and by POSIX ACLs (acl(5)).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/safeguards/safeguard.h"

namespace purposewatch {

inline constexpr unsigned kMayRead = 4, kMayWrite = 2, kMayPass = 1, kMayAnything = 7;  // bits of a mode

// Those that an ACL names and gives any of these rights: "user www-data (33)", "group 1005". acl: the bytes
// of the attribute system.posix_acl_access. Bytes that are none name nobody.
std::vector<std::string> named_by_acl(const HostView& host, std::string_view acl, unsigned rights);

// Those, and "everybody", who have any of these rights at a file of the host; nothing when it is not there.
std::optional<std::vector<std::string>> others_at(const HostView& host, const std::string& path,
                                                  unsigned rights);

// A directory where everybody may put another in the place of what is there.
bool is_free_for_all(const HostView& host, const std::string& directory);

// The directories above a path of the host without links, by whom else they let come to it.
struct WayThere {
  bool is_shut = false;  // there is one that nobody else may pass: what is below does not matter
  std::string writable;  // the first above that which is free for all; empty: none
};
WayThere way_to(const HostView& host, const std::string& path);

}  // namespace purposewatch

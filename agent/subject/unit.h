// The systemd unit that a cgroup belongs to.
#pragma once

#include <string>
#include <string_view>

namespace purposewatch {

// "/system.slice/dovecot.service" gives "dovecot.service"; empty when no unit is named. The unit nearest to
// the root counts: what lies beneath it may be delegated, so a user could call a cgroup there whatever they
// like.
std::string unit_of_cgroup(std::string_view cgroup);

}  // namespace purposewatch

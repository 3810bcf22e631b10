// Where stores lie: the directories that all their files are in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/language/rule_set.h"

namespace purposewatch {

// What comes before a pattern's first wildcard: "/home" of "/home/{client}/Maildir".
std::string root_of(const PathPattern& pattern);

// That of each path of a store, without those that lie in others. In an order in which a directory stands
// right before all that is below it.
std::vector<std::string> store_roots(const RuleSet& rules);

// What is mounted in one of these roots, or over one: number and mount point, which together change when
// anything does. mount_info: the text of /proc/PID/mountinfo.
std::vector<std::string> mounts_at(const std::vector<std::string>& roots, std::string_view mount_info);

}  // namespace purposewatch

// The actor's verbs that come to a file on other ways than by its path (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these:
//   openat D P · openat2 D P    read P from the directory D, by a descriptor of it
//   reopen P                    read by /proc/self/fd of an O_PATH descriptor
//   chroot D                    and stand in its root
std::optional<int> path_verb_arguments(const std::string& verb);

// False when the call failed; errno says why.
bool go_by_path(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

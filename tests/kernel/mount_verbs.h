// The actor's verbs that mount (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these:
//   private           a mount namespace of its own
//   bind A B          mount directory A on B
//   tmpfs D           mount a tmpfs on D
//   remount D         with the same options
//   unmount D
//   move-mount A B    what is mounted on A goes to B (move_mount(2))
//   clone-mount A B   a clone of A (open_tree(2)) on B
//   unprivileged-tmpfs D   in a user namespace of its own, but not in a mount namespace of its own: is
//   refused
std::optional<int> mount_verb_arguments(const std::string& verb);
// False when the call failed; errno says why.
bool change_mounts(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

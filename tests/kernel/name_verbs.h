// The actor's verbs that change names and attributes (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these:
//   unlink P · rmdir P · mkdir1 P · mkfifo P · symlink P · truncate P · append P · remove-tree P
//   chmod P · chown P · utimes P · setxattr P · removexattr P
//   link A B · rename A B · exchange A B
//   tmpfile D B    an unnamed file in directory D, then named B
std::optional<int> name_verb_arguments(const std::string& verb);

// False when the call failed; errno says why.
bool change_names(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

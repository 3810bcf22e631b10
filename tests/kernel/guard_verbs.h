// The actor's verbs against the agent itself (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these:
//   take-map NUMBER        takes a descriptor of the BPF map that has this number
//   take-programs          takes one of each BPF program there is
//   take-link NUMBER       takes one of the link that has this number
//   open-memory PROCESS    opens its memory by /proc, to read it
//   end PROCESS            sends it SIGKILL
//   open-switch            opens kernel.ftrace_enabled to write
//   set-clock              sets it to what it says
//   unmount DIRECTORY      lazily
std::optional<int> guard_verb_arguments(const std::string& verb);

// False when the call failed; errno says why.
bool go_against(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

// The actor's verbs that touch another process's memory (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these. PID is a process, all of whose memory is
// open:
//   attach PID · seize PID           ptrace, and let go again
//   traceme                          by its parent
//   vm-read PID · vm-write PID       process_vm_readv, process_vm_writev, of its first bytes or a word
//   mem-read PID · mem-write PID     the same by /proc/PID/mem
//   mem-ring-open PID                opens that through io_uring
//   gcore PID                        stops it and copies memory, as gcore(1) does
//   dump-core                        ends this process so that the kernel writes its core
//   die-by-term, die-undumpable, die-without-core    ends it so that it leaves none, or
//   live-on                          fails without an end: a signal that would leave one is handled
//   look PID                         /proc/PID/maps, status and descriptors: no memory
//   thread-vm-read PID               from a thread that is not the leader
std::optional<int> memory_verb_arguments(const std::string& verb);

// False when the call failed; errno says why.
bool touch_memory(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

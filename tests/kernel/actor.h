// The actor: this test's own binary, started again as another process that does what its words say. A copy of
// it elsewhere is another executable; no other program is needed in a virtual machine.
#pragma once

#include <string>
#include <vector>

namespace purposewatch::testing {

// Words, one after another; the process ends with 0 when all worked:
//   read P · list P · write P · create P · rdwr P · opath P    open and close
//   hear              copy stdin to stdout, and close both
//   hold-writing P    open for writing, make it, and leave it open
//   denied P          open for reading, which must fail
//   exec P            become P
//   become P REST...  become P, as an actor with the rest of the words
//   thread-become P REST...   the same from a thread that is not the leader
//   fork              go on in a child; the parent waits for it and takes its exit code
//   uid N, gid N      setresuid, setresgid
//   cgroup D          move into this cgroup directory
//   wait              for a byte (or the end) on stdin
//   mkdir P           with everything above it
//   chdir P
//   name N            prctl(PR_SET_NAME)
//   descend N NAME    N times: mkdir NAME, chdir NAME
//   run P REST...     start P as a child with the rest of the words, and wait for its end
//   let P V           start P as a child that does V, one of memory_verbs.h, to this process
//   let-then P V REST...   likewise, and the child then goes on with the rest of the words
//   trace P REST...   start P as a child that is traced from its start, with the rest of the words
//   env N V           setenv
//   own V             do V to oneself
//   thread-read P     read, from a thread that is not the leader
// and those of connect_verbs.h, disguise_verbs.h, memory_verbs.h, mount_verbs.h, name_verbs.h, path_verbs.h,
// race_verbs.h, route_verbs.h and uring_verbs.h. Words before "act" that begin with a path are a script's
// name: its interpreter may be an actor, by "#!ACTOR act".
int act(const std::vector<std::string>& words);

}  // namespace purposewatch::testing

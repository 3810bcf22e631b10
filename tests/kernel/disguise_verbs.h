// The actor's verbs that make it look like another, or come to be by ways of its own (actor.h). P is a
// program, or a script whose interpreter is an actor; the REST of the words is for it.
//   become-called NAME P REST...  become P under another argv[0]
//   become-memfd P REST...        become a copy of P that is only in memory
//   become-removed P REST...      become a copy of P that has no name any more
//   become-by-loader L P REST...  become the loader L, which is told to run P
//   fail-to-become P              exec, which must fail
//   shed P                        go on in a child, once the parent has become P
//   await-child                   the end of the child that this process has from before
//   orphan                        go on in a child, once the parent is gone; nobody waits for it
//   pid N                         go on in a child that has this pid; the parent waits
//   login N                       loginuid
//   user-namespace                a user namespace and a mount namespace of its own
//   chroot D
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// Takes its own words off the front. Nothing for other verbs; else whether it worked.
std::optional<bool> disguise(const std::string& verb, std::vector<std::string>& words);

}  // namespace purposewatch::testing

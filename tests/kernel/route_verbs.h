// The actor's verbs that take other ways to a file than to open it and read (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these.
//   mmap P                  opens P and reads it as memory
//   aio P                   opens P and reads it by io_submit
//   sendfile P TO · splice P TO · copy-range P TO · reflink P TO     copies P to TO, which it creates
//   steal PID               what that process holds open below /tmp, by /proc/PID/fd
//   save-handle P F         the handle of P into F: opens nothing but F
//   open-handle F D         opens what that handle names, on the file system of the directory D
//   clone-read D NAME       opens D/NAME in a copy of the mount that has no place in any namespace
//   listen D READY          waits, as a fanotify listener, until a file in D is opened, and takes its
//                           descriptor; makes READY when it listens
//   ask-mount D · ask-names D   listens to the mount of D, with descriptors or without, and ends
//   pivot D                 the mount at D becomes the root of the mount namespace
//   overlay L U W M         mounts L and U as one tree on M, with W to work in
std::optional<int> route_verb_arguments(const std::string& verb);

// False when it failed; errno says why.
bool take_route(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

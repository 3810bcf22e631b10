// The actor's verbs that race with themselves (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these. OUT is a file to which the number of files
// that were opened is written:
//   swap-path A B N OUT       open a path N times that a thread goes on rewriting from A to B and back;
//   counts A rename-storm A B D P N    open P from the directory D N times, while a thread goes on exchanging
//   A and B mount-storm A D P N OUT   open P N times, while a thread goes on mounting A on D, and unmounting
//   it short-lives N P           N children, one after the other, each of which opens P and ends
std::optional<int> race_verb_arguments(const std::string& verb);

// False when a call failed that may not; errno says why.
bool race(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

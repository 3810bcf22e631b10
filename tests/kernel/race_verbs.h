// The actor's verbs that race with themselves (actor.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace purposewatch::testing {

// How many words a verb takes; nothing when it is none of these. Each opens a path N times; into OUT it
// writes how many files were opened.
//
//   swap-path A B N OUT       while a thread goes on rewriting the path from A to B and back; counts A
//
//   rename-storm A B D P N    P, from the directory D, while a thread goes on exchanging A and B
//
//   mount-storm A D P N OUT   P, while a thread goes on mounting A on D, and unmounting it
//
//   short-lives N P           P, in N children, one after the other, each of which ends at once
//
//   shortest-lives N P        likewise, in children that share the parent's memory
//
//   flood D N                 the files in D, in turn, so often each
//
//   fill D N M                makes directories 0 to N-1 in D, each with M files
std::optional<int> race_verb_arguments(const std::string& verb);

// False when a call failed that may not; errno says why.
bool race(const std::string& verb, const std::vector<std::string>& arguments);

}  // namespace purposewatch::testing

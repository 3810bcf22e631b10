// complete: what the kernel's record of a process leaves open is filled in from the host: names of users,
// unit, program of the policy, arguments.
#pragma once

#include <string>

#include "agent/subject/users.h"
#include "rules/model/subject.h"

namespace purposewatch {

// proc_root: "/proc", or a tree that looks like it. Arguments are read from there when the process with this
// pid still is the same one (start time); they are for people, no decision rests on them.
Subject complete(Subject recorded, std::string program, Users& users, const std::string& proc_root);

}  // namespace purposewatch

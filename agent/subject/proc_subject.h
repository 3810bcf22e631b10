// A running process as /proc shows it, for questions people ask. The agent's own decisions rest on what the
// kernel recorded at the moment of the access instead.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "rules/base/result.h"
#include "rules/language/rule_set.h"
#include "rules/model/subject.h"

namespace purposewatch {

// proc_root: "/proc", or a tree that looks like it. Fails when there is no such process. The script is the
// one that its arguments name, which a process may have changed; what started it is only known as far as that
// still runs.
Result<Subject> read_proc_subject(const std::string& proc_root, std::uint32_t pid, const RuleSet& rules);

// The policy's `exe:` path that names this file on this host, or empty.
std::string program_of_file(const RuleSet& rules, dev_t device, ino_t inode);

// The policy's `script:` path that names the same file as `path`, or empty.
std::string script_named(const RuleSet& rules, const std::string& path);

}  // namespace purposewatch

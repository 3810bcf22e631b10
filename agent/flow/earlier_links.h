// Hard links that were made before anybody watched: looked for in a thread of their own, with what the disks
// have to spare, since stores may hold many millions of files.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent/storage/link_scan.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

struct LinkSearch;

// Of one thread.
class EarlierLinks {
 public:
  // Looks again when these are other stores than last time, or when something else is mounted where they are;
  // else does nothing. A search that is under way for others is given up. mount_info: the text of
  // /proc/self/mountinfo.
  void look(std::shared_ptr<const RuleSet> rules, std::string_view mount_info);
  // What a search has found, once, after its end.
  std::optional<LinkScan> take();

 private:
  // What was looked through last.
  std::shared_ptr<const RuleSet> rules_;
  std::vector<std::string> patterns_, roots_, mounts_;
  std::shared_ptr<LinkSearch> search_;
  std::jthread thread_;  // last: it ends first
};

}  // namespace purposewatch
